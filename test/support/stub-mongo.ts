import {createServer, type Socket} from 'node:net';
import {BSON, type Document} from 'mongodb';
import {onTestFinished} from 'vitest';
import {monotonicMs} from '../../src/load/worker/monotonic.js';

/**
 * A stub that speaks just enough of MongoDB's wire protocol for a driver to connect and to ask `find`, and answers each
 * after a known time. No database: it exists because the truth about a server's delays has to be known to the millisecond.
 */
export type StubMongo = {
	readonly uri: string;
	/** When the answer to the question of this number left, on the machine's monotonic clock. */
	readonly answeredAt: ReadonlyMap<number, number>;
};

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/** @param delayMs of the question of a number that came at a moment of the monotonic clock */
export async function startStubMongo(delayMs: (index: number, atMs: number) => number): Promise<StubMongo> {
	const answeredAt = new Map<number, number>();
	const sockets = new Set<Socket>();
	const server = createServer((socket) => {
		sockets.add(socket);
		let waiting = Buffer.alloc(0);
		socket.on('error', () => undefined);
		socket.on('close', () => sockets.delete(socket));
		socket.on('data', (bytes) => {
			waiting = Buffer.concat([waiting, bytes]);
			while (waiting.length >= 16 && waiting.length >= waiting.readInt32LE(0)) {
				const length = waiting.readInt32LE(0);
				answer(socket, waiting.subarray(0, length));
				waiting = waiting.subarray(length);
			}
		});
	});
	const answer = (socket: Socket, message: Buffer) => {
		const requestId = message.readInt32LE(4);
		const opcode = message.readInt32LE(12);
		const isQuery = opcode === OP_QUERY;
		// OP_QUERY: flags, the collection's name, two numbers; OP_MSG: flags and the kind of its first section.
		const at = isQuery ? message.indexOf(0, 20) + 9 : 21;
		const asked = BSON.deserialize(message.subarray(at, at + message.readInt32LE(at)));
		const reply = frame(requestId, replyTo(asked), isQuery);
		const index = asked['filter']?.['index'] as number | undefined;
		if (asked['find'] === undefined || index === undefined) return void socket.write(reply);
		setTimeout(
			() => {
				answeredAt.set(index, monotonicMs());
				if (!socket.destroyed) socket.write(reply);
			},
			delayMs(index, monotonicMs()),
		);
	};
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(async () => {
		for (const socket of sockets) socket.destroy();
		await new Promise<void>((done) => server.close(() => done()));
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return {uri: `mongodb://127.0.0.1:${port}/?directConnection=true`, answeredAt};
}

function replyTo(asked: Document): Document {
	if (asked['hello'] || asked['isMaster'] || asked['ismaster'])
		return {
			ok: 1,
			isWritablePrimary: true,
			ismaster: true,
			helloOk: true,
			minWireVersion: 0,
			maxWireVersion: 25,
			maxBsonObjectSize: 16_777_216,
			maxMessageSizeBytes: 48_000_000,
			maxWriteBatchSize: 100_000,
			localTime: new Date(),
			connectionId: 1,
			readOnly: false,
		};
	if (asked['find'] !== undefined)
		return {ok: 1, cursor: {id: BSON.Long.ZERO, ns: 'stub.things', firstBatch: [{_id: 1}]}};
	return {ok: 1};
}

function frame(requestId: number, document: Document, isQuery: boolean): Buffer {
	const body = BSON.serialize(document);
	const before = isQuery ? 20 : 5;
	const message = Buffer.alloc(16 + before + body.length);
	message.writeInt32LE(message.length, 0);
	message.writeInt32LE(requestId, 8);
	message.writeInt32LE(isQuery ? OP_REPLY : OP_MSG, 12);
	if (isQuery) message.writeInt32LE(1, 16 + 16);
	message.set(body, 16 + before);
	return message;
}
