import {once} from 'node:events';
import {type AddressInfo, connect, createServer, type Socket} from 'node:net';

export type CuttingProxy = {
	/** The server's address, by way of the proxy. */
	readonly uri: string;
	/** Connections cut so far. */
	readonly cuts: number;
	/** Cuts the answer to every so many-th commit; 0 for none. */
	cutEvery: number;
	close(): Promise<void>;
};

/** A wire to the database that breaks when a commit is done and before its answer arrives. */
export async function openCuttingProxy(serverUri: string): Promise<CuttingProxy> {
	const target = new URL(serverUri);
	const open = new Set<Socket>();
	let commits = 0;
	let cuts = 0;
	const server = createServer((client) => {
		const upstream = connect(Number(target.port), target.hostname);
		let isDoomed = false;
		const end = () => {
			client.destroy();
			upstream.destroy();
		};
		for (const socket of [client, upstream]) {
			open.add(socket);
			socket.setNoDelay(true);
			socket.on('error', end).on('close', end);
		}
		client.on('data', (chunk) => {
			if (chunk.includes('commitTransaction')) {
				commits++;
				isDoomed = proxy.cutEvery > 0 && commits % proxy.cutEvery === 0;
			}
			upstream.write(chunk);
		});
		upstream.on('data', (chunk) => {
			if (!isDoomed) return void client.write(chunk);
			cuts++;
			return end();
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const {port} = server.address() as AddressInfo;
	const proxy = {
		uri: serverUri.replace(target.host, `127.0.0.1:${port}`),
		get cuts() {
			return cuts;
		},
		cutEvery: 0,
		async close() {
			for (const socket of open) socket.destroy();
			server.close();
			await once(server, 'close');
		},
	};
	return proxy;
}
