import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';

/** A real HTTP server on a port of its own, until the test is over; its address. */
export async function serve(listener: RequestListener): Promise<string> {
	const server = createServer(listener);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** A server that answers some paths with JSON, and all others with 404. */
export function serveJson(answers: Readonly<Record<string, object>>): Promise<string> {
	return serve((request, response) => {
		const answer = answers[request.url ?? ''];
		response.writeHead(answer === undefined ? 404 : 200, {'content-type': 'application/json'});
		response.end(JSON.stringify(answer ?? {}));
	});
}
