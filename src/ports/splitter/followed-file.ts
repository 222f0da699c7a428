import type {FileHandle} from 'node:fs/promises';

/** One file of a log, by its handle: it stays the same when it is moved away. */
export type FollowedFile = {
	readonly ino: bigint;
	readonly dev: bigint;
	/** Hands on each line that has ended since; @returns how many bytes came, and lines that are lost. */
	read(mostBytes: number, onLine: (line: string) => void): Promise<{bytes: number; lost: number}>;
	/** A line has begun and not ended. */
	hasHalfLine(): boolean;
	close(): Promise<void>;
};

const CHUNK_BYTES = 65_536;

/** A path of 8 kB, each byte escaped by six, fits. */
const LONGEST_LINE = 131_072;

/** What stands before the place that was read to; other bytes there mean that the file was truncated and written anew. */
const MARK_BYTES = 64;
const NEWLINE = 0x0a;

/** Owns the handle. */
export async function followFile(handle: FileHandle, from: 'start' | 'end'): Promise<FollowedFile> {
	const {ino, dev, size} = await handle.stat({bigint: true});
	const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
	let offset = from === 'end' ? Number(size) : 0;
	let mark = await readMark(handle, offset);
	/** Of a line that has not ended: pieces, as copying them on each read would cost the square. */
	let half: Buffer[] = [];
	let halfBytes = 0;
	/** The rest of the line is not wanted: it began before we did, or is too long. */
	let isSkipping = offset > 0 && mark.at(-1) !== NEWLINE;
	return {
		ino,
		dev,
		hasHalfLine: () => halfBytes > 0,
		close: () => handle.close(),
		async read(mostBytes, onLine) {
			let lost = (await isWrittenAnew()) ? beginAnew() : 0;
			let bytes = 0;
			while (bytes < mostBytes) {
				const {bytesRead} = await handle.read(chunk, 0, chunk.length, offset);
				if (bytesRead === 0) break;
				offset += bytesRead;
				bytes += bytesRead;
				lost += takeLines(chunk.subarray(0, bytesRead), onLine);
			}
			if (bytes > 0) mark = await readMark(handle, offset);
			return {bytes, lost};
		},
	};

	async function isWrittenAnew(): Promise<boolean> {
		const {size} = await handle.stat();
		return size < offset || !mark.equals(await readMark(handle, offset));
	}

	/** What was written between our last reading and the truncation is gone: how much it was, nobody knows. */
	function beginAnew(): number {
		offset = 0;
		mark = Buffer.alloc(0);
		half = [];
		halfBytes = 0;
		isSkipping = false;
		return 1;
	}

	function takeLines(bytes: Buffer, onLine: (line: string) => void): number {
		let lost = 0;
		let start = 0;
		for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
			const line = bytes.subarray(start, end);
			start = end + 1;
			if (isSkipping) isSkipping = false;
			else if (halfBytes + line.length > LONGEST_LINE) lost++;
			else onLine(halfBytes === 0 ? line.toString() : Buffer.concat([...half, line]).toString());
			half = [];
			halfBytes = 0;
		}
		const rest = bytes.subarray(start);
		if (isSkipping || rest.length === 0) return lost;
		if (halfBytes + rest.length > LONGEST_LINE) {
			isSkipping = true;
			half = [];
			halfBytes = 0;
			return lost + 1;
		}
		half.push(Buffer.from(rest));
		halfBytes += rest.length;
		return lost;
	}
}

async function readMark(handle: FileHandle, offset: number): Promise<Buffer> {
	const length = Math.min(MARK_BYTES, offset);
	const mark = Buffer.alloc(length);
	const {bytesRead} = await handle.read(mark, 0, length, offset - length);
	return mark.subarray(0, bytesRead);
}
