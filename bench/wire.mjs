// The framing of MongoDB's wire protocol, for servers of benches that answer from memory.
import {createServer} from 'node:net';
import {BSON} from 'mongodb';

const OP_REPLY = 1;
const OP_QUERY = 2004;
const OP_MSG = 2013;

/**
 * Listens on a free port, prints it, and ends with its parent.
 * @param answer gives the reply's bytes for a command
 * @param options of BSON.deserialize, for commands
 */
export function serveWire(answer, options = {}) {
	const server = createServer((socket) => {
		let pending = Buffer.alloc(0);
		socket.setNoDelay(true);
		socket.on('error', () => socket.destroy());
		socket.on('data', (chunk) => {
			pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
			while (pending.length >= 4 && pending.length >= pending.readInt32LE(0)) {
				const length = pending.readInt32LE(0);
				respond(socket, pending.subarray(0, length));
				pending = pending.subarray(length);
			}
		});
	});
	server.listen(0, '127.0.0.1', () => console.log(server.address().port));
	process.once('disconnect', () => process.exit());

	function respond(socket, message) {
		const requestId = message.readInt32LE(4);
		if (message.readInt32LE(12) === OP_QUERY) {
			const nameEnd = message.indexOf(0, 20);
			const command = BSON.deserialize(message.subarray(nameEnd + 9));
			const head = Buffer.alloc(20);
			head.writeInt32LE(1, 16);
			return send(socket, OP_REPLY, requestId, [head, answer(command)]);
		}
		const command = BSON.deserialize(message.subarray(21), {allowObjectSmallerThanBufferSize: true, ...options});
		send(socket, OP_MSG, requestId, [Buffer.alloc(5), answer(command)]);
	}
}

function send(socket, opcode, requestId, parts) {
	const header = Buffer.alloc(16);
	header.writeInt32LE(
		parts.reduce((sum, {length}) => sum + length, 16),
		0,
	);
	header.writeInt32LE(requestId, 8);
	header.writeInt32LE(opcode, 12);
	socket.cork();
	for (const part of [header, ...parts]) socket.write(part);
	socket.uncork();
}
