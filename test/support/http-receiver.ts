import {createServer, type IncomingHttpHeaders} from 'node:http';
import type {AddressInfo} from 'node:net';
import {onTestFinished} from 'vitest';

export type Received = {readonly path: string; readonly headers: IncomingHttpHeaders; readonly body: string};

/** What the receiver does with a request: answers, breaks the connection off, or never says a word. */
export type Behaviour =
	| {readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>>}
	| 'break-off'
	| 'hang';

export type HttpReceiver = {
	readonly url: string;
	readonly received: Received[];
	/** For the next requests, one each; the last for all that follow. */
	behave(...behaviours: Behaviour[]): void;
	/** Resolves when so many have come. */
	has(count: number): Promise<readonly Received[]>;
};

/** A real HTTP server that takes note of what it is sent and does what it is told. */
export async function startHttpReceiver(
	judge: (received: Received) => Behaviour | undefined = () => undefined,
): Promise<HttpReceiver> {
	const received: Received[] = [];
	let behaviours: Behaviour[] = [];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', (chunk: Buffer) => chunks.push(chunk));
		request.on('end', () => {
			const got = {path: request.url ?? '', headers: request.headers, body: Buffer.concat(chunks).toString()};
			received.push(got);
			const next = behaviours.length > 1 ? behaviours.shift() : behaviours[0];
			const behaviour = next ?? judge(got) ?? {status: 200, body: 'ok'};
			if (behaviour === 'hang') return;
			if (behaviour === 'break-off') request.socket.destroy();
			else response.writeHead(behaviour.status, behaviour.headers ?? {}).end(behaviour.body ?? '');
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	const {port} = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		received,
		behave(...next) {
			behaviours = next;
		},
		async has(count) {
			const until = Date.now() + 20_000;
			while (received.length < count) {
				if (Date.now() > until) throw new Error(`${received.length} came, not ${count}`);
				await new Promise((done) => setTimeout(done, 10));
			}
			return received;
		},
	};
}
