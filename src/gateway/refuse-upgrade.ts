import {type IncomingMessage, ServerResponse} from 'node:http';
import type {Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {hasBody} from './attempt.js';

/**
 * A protocol that is not spoken here, as HTTP/2 in the clear: the wish is not granted and the request is answered as it
 * is, which is what a server may do. Its body went with the parser, so that a request that has one is refused.
 */
export function refuseUpgrade(
	request: IncomingMessage,
	socket: Duplex,
	serve: (request: IncomingMessage, response: ServerResponse) => void,
): void {
	socket.on('error', () => socket.destroy());
	if (hasBody(request)) {
		socket.end('HTTP/1.1 501 Not Implemented\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
		return;
	}
	const response = new ServerResponse(request);
	response.shouldKeepAlive = false;
	// A server's sockets are of the network. What follows is what the server does for those that it has made.
	const network = socket as Socket;
	response.assignSocket(network);
	response.once('finish', () => {
		response.detachSocket(network);
		socket.end();
		response.emit('close');
	});
	request.headers.connection = 'close';
	serve(request, response);
}
