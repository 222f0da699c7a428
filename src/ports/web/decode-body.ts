import {brotliDecompress, constants, gunzip, inflate} from 'node:zlib';

/**
 * A body as it was before `content-encoding`; a server may compress although nobody asked. At most `maxBytes` come out,
 * whatever a small body would become: a bomb is cut, not unpacked. What cannot be read is left as it is.
 */
export async function decodeBody(
	body: Buffer,
	headers: readonly (readonly [name: string, value: string])[],
	maxBytes: number,
): Promise<{readonly body: Buffer; readonly isTruncated: boolean}> {
	const encoding = headers
		.findLast(([name]) => name === 'content-encoding')?.[1]
		.trim()
		.toLowerCase();
	const unpack = encoding === undefined ? undefined : UNPACKERS[encoding];
	if (unpack === undefined || body.length === 0)
		return {body: body.subarray(0, maxBytes), isTruncated: body.length > maxBytes};
	return new Promise((resolve) => {
		unpack(body, maxBytes, (error, unpacked) => {
			if (error === null) resolve({body: unpacked, isTruncated: false});
			// Nothing of it is worth the memory: no check reads a bomb.
			else if ('code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
				resolve({body: Buffer.alloc(0), isTruncated: true});
			else resolve({body: body.subarray(0, maxBytes), isTruncated: false});
		});
	});
}

type Unpack = (body: Buffer, maxOutputLength: number, done: (error: Error | null, unpacked: Buffer) => void) => void;

const UNPACKERS: Readonly<Record<string, Unpack>> = {
	// A body that was cut at our limit ends in the middle: what it holds until there is enough.
	gzip: (body, maxOutputLength, done) => gunzip(body, {maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH}, done),
	'x-gzip': (body, maxOutputLength, done) => gunzip(body, {maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH}, done),
	deflate: (body, maxOutputLength, done) => inflate(body, {maxOutputLength, finishFlush: constants.Z_SYNC_FLUSH}, done),
	br: (body, maxOutputLength, done) =>
		brotliDecompress(body, {maxOutputLength, finishFlush: constants.BROTLI_OPERATION_FLUSH}, done),
};
