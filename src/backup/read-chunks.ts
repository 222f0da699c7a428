import {createReadStream} from 'node:fs';

const CHUNK_BYTES = 256 * 1024;

/** A file's bytes in pieces. @throws the signal's own reason when it is aborted */
export async function* readChunks(path: string, signal: AbortSignal): AsyncGenerator<Buffer> {
	try {
		for await (const chunk of createReadStream(path, {highWaterMark: CHUNK_BYTES, signal})) yield chunk as Buffer;
	} catch (error) {
		throw signal.aborted ? signal.reason : error;
	}
}
