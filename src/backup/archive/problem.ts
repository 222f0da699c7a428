/** Something wrong with an archive, and where. */
export type ArchiveProblem = {
	readonly message: string;
	/** Byte of the uncompressed archive; undefined where the whole is meant. */
	readonly offset?: number;
	readonly collection?: string;
};

/** Thrown by the scanner where the structure is broken so that nothing behind it can be read. */
export class ArchiveStructureError extends Error {
	override readonly name = 'ArchiveStructureError';
	readonly offset: number;
	constructor(message: string, offset: number) {
		super(message);
		this.offset = offset;
	}
}

/** `orders: CRC differs (at byte 1,024)`. */
export function describeProblem({message, offset, collection}: ArchiveProblem): string {
	const where = offset === undefined ? '' : ` (at byte ${offset.toLocaleString('en')})`;
	return `${collection === undefined ? '' : `${collection}: `}${message}${where}`;
}
