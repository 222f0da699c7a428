import {createHash} from 'node:crypto';
import {type FileHandle, open} from 'node:fs/promises';
import type {Readable} from 'node:stream';
import {spareMemory} from '../kernel/spare-memory.js';
import {openGzipInspector} from './archive/gzip-inspector.js';
import type {ArchiveContents} from './archive/inspector.js';
import {readChunks} from './read-chunks.js';

export type ReceivedArchive = {
	readonly bytes: number;
	readonly sha256: string;
	readonly contents: ArchiveContents;
};

/** Pieces are gathered to this size, so that a write and a check cost little each. */
const PIECE_BYTES = 256 * 1024;

/**
 * Writes a gzipped archive to a new file while hashing, unpacking and checking it, and flushes it to the disk.
 * @throws the file system's error, with the stream destroyed
 */
export async function receiveArchive(stream: Readable, path: string): Promise<ReceivedArchive> {
	spareMemory();
	const file = await open(path, 'wx', 0o600);
	try {
		const hash = createHash('sha256');
		const inspector = await openGzipInspector();
		let bytes = 0;
		let checked = Promise.resolve();
		for await (const piece of inPieces(stream)) {
			hash.update(piece);
			bytes += piece.length;
			// The last piece is checked while this one is written.
			await Promise.all([writeAll(file, piece), checked]);
			checked = inspector.write(piece);
		}
		await checked;
		await file.sync();
		return {bytes, sha256: hash.digest('hex'), contents: await inspector.finish()};
	} finally {
		await file.close();
	}
}

/** SHA-256 of a file as it is on the disk, in hex. */
export async function hashFile(path: string, signal: AbortSignal): Promise<string> {
	const hash = createHash('sha256');
	for await (const chunk of readChunks(path, signal)) hash.update(chunk);
	return hash.digest('hex');
}

async function* inPieces(stream: Readable): AsyncGenerator<Buffer> {
	let chunks: Buffer[] = [];
	let length = 0;
	for await (const chunk of stream) {
		chunks.push(chunk as Buffer);
		length += (chunk as Buffer).length;
		if (length < PIECE_BYTES) continue;
		yield Buffer.concat(chunks, length);
		chunks = [];
		length = 0;
	}
	if (length > 0) yield Buffer.concat(chunks, length);
}

async function writeAll(file: FileHandle, piece: Buffer): Promise<void> {
	for (let at = 0; at < piece.length; ) {
		const {bytesWritten} = await file.write(piece, at, piece.length - at);
		at += bytesWritten;
	}
}
