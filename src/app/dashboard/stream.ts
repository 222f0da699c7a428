import type {ServerResponse} from 'node:http';

export type Stream = {
	/** Takes over a response, and sends it everything from now on, the last thing said at once. */
	add(response: ServerResponse): void;
	/** To everybody. Who does not read fast enough misses some, and gets the next. */
	send(data: string): void;
	readonly viewers: number;
	end(): void;
};

/** Each holds a socket and a copy of what it has not read yet. */
const MOST_VIEWERS = 50;
const MOST_UNREAD_BYTES = 256 * 1024;

/** Server-sent events (WHATWG HTML, 9.2) to every browser that looks on. */
export function openStream(): Stream {
	const viewers = new Set<ServerResponse>();
	let last: string | undefined;
	const write = (response: ServerResponse, data: string) => {
		if (response.writableLength < MOST_UNREAD_BYTES) response.write(`data: ${data}\n\n`);
	};
	return {
		add(response) {
			// Who was here longest leaves: a browser that is still there comes back by itself.
			for (const oldest of viewers) {
				if (viewers.size < MOST_VIEWERS) break;
				viewers.delete(oldest);
				oldest.end();
			}
			viewers.add(response);
			response.once('close', () => viewers.delete(response));
			response.flushHeaders();
			response.write('retry: 3000\n\n');
			if (last !== undefined) write(response, last);
		},
		send(data) {
			last = data;
			for (const response of viewers) write(response, data);
		},
		get viewers() {
			return viewers.size;
		},
		end() {
			for (const response of viewers) response.end();
			viewers.clear();
		},
	};
}
