export type Commit = {
	readonly hash: string;
	readonly authorName: string;
	readonly authorEmail: string;
	/** ISO 8601. */
	readonly date: string;
	readonly message: string;
};

export type TagObject = {
	/** Of the tag object; of the commit itself for a lightweight tag. */
	readonly objectId: string;
	readonly commit: string;
	/** Undefined for a lightweight tag. */
	readonly message: string | undefined;
	readonly isSigned: boolean;
};

/** Lines of `<object id> <blank or tab> <ref>` as a map from ref to object id. */
export function parseRefs(text: string): Map<string, string> {
	const refs = new Map<string, string>();
	for (const line of text.split('\n')) {
		const [, objectId, ref] = /^([0-9a-f]{40,64})\s+(.+)$/.exec(line.trim()) ?? [];
		if (objectId !== undefined && ref !== undefined) refs.set(ref, objectId);
	}
	return refs;
}

/** Records parted by NUL, fields by 0x01: hash, author, e-mail, date, message. */
export function parseLog(text: string): Commit[] {
	return text
		.split('\0')
		.map((record) => record.replace(/^\n/, ''))
		.filter((record) => record !== '')
		.map((record) => {
			const [hash = '', authorName = '', authorEmail = '', date = '', ...message] = record.split('\x01');
			return {hash, authorName, authorEmail, date, message: message.join('\x01').trim()};
		});
}

/** An annotated tag as `git cat-file -p` prints it; a signature at its end is not part of the message. */
export function parseTagObject(objectId: string, text: string): TagObject {
	const blank = text.indexOf('\n\n');
	const header = blank === -1 ? text : text.slice(0, blank);
	const body = blank === -1 ? '' : text.slice(blank + 2);
	const commit = /^object ([0-9a-f]+)$/m.exec(header)?.[1] ?? '';
	const signature = /^-----BEGIN (?:PGP|SSH) (?:SIGNATURE|MESSAGE)-----$/m.exec(body);
	const message = (signature ? body.slice(0, signature.index) : body).trimEnd();
	return {objectId, commit, message, isSigned: signature !== null};
}
