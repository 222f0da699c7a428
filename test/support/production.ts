import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export type Production = {
	readonly url: string;
	/** For sastaops.yaml: the shop's address, and a deploy command that makes `/api/health` answer the version given. */
	readonly config: string;
	/** The version that is live; empty before the first deploy. */
	live(): Promise<string>;
	/** What the health page says from now on, whatever is deployed; undefined for the truth. */
	break(answer: {readonly status: number; readonly body: string} | undefined): void;
	close(): Promise<void>;
};

/** A stand-in for the place a shop runs: a deploy writes the version to a file, and the health page reads it. */
export async function startProduction(): Promise<Production> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-production-'));
	const file = join(folder, 'live');
	const live = () => readFile(file, 'utf8').catch(() => '');
	let broken: {readonly status: number; readonly body: string} | undefined;
	const server = createServer((_request, response) => {
		void live().then((version) => {
			response.statusCode = broken?.status ?? 200;
			response.setHeader('content-type', 'application/json');
			response.end(broken?.body ?? JSON.stringify({status: 'ok', version}));
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, process.env.SASTAOPS_VERSION)`;
	const deploy = `  deploy:\n    command: ${JSON.stringify([process.execPath, '-e', script])}\n    verify: {timeout: 2s, interval: 100ms}\n`;
	return {
		url,
		config: `shop:\n  url: ${url}\nrelease:\n${deploy}`,
		live,
		break: (answer) => {
			broken = answer;
		},
		close: async () => {
			await new Promise((done) => {
				server.close(done);
				server.closeAllConnections();
			});
			await rm(folder, {recursive: true, force: true});
		},
	};
}
