import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {createServer} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export type Production = {
	readonly url: string;
	/** For sastaops.yaml: the shop's address, and a deploy command that makes `/api/health` answer the version given. */
	readonly config: string;
	/** Where the version that is live stands. */
	readonly file: string;
	/** The version that is live; empty before the first deploy. */
	live(): Promise<string>;
	/** A version that answers 503 when it is live; undefined for none. */
	sicken(version: string | undefined): void;
	/** A version that says it is healthy, and whose products answer 500; undefined for none. */
	hollow(version: string | undefined): void;
	close(): Promise<void>;
};

/**
 * A stand-in for the place a shop runs: a deploy writes the version to a file, and the health page reads it.
 * @param releaseConfig further lines of `release:`, indented by two
 */
export async function startProduction(releaseConfig = ''): Promise<Production> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-production-'));
	const file = join(folder, 'live');
	const live = () => readFile(file, 'utf8').catch(() => '');
	let sick: string | undefined;
	let empty: string | undefined;
	const server = createServer((request, response) => {
		void live().then((version) => {
			const isBroken = version === empty && request.url?.startsWith('/api/products') === true;
			response.statusCode = isBroken ? 500 : version === sick ? 503 : 200;
			response.setHeader('content-type', 'application/json');
			response.end(JSON.stringify({status: version === sick ? 'down' : 'ok', version}));
		});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const script = `require('node:fs').writeFileSync(${JSON.stringify(file)}, process.env.SASTAOPS_VERSION)`;
	const deploy = `  deploy:\n    command: ${JSON.stringify([process.execPath, '-e', script])}\n    verify: {timeout: 2s, interval: 100ms}\n`;
	return {
		url,
		config: `shop:\n  url: ${url}\nrelease:\n${releaseConfig}${deploy}`,
		file,
		live,
		sicken: (version) => {
			sick = version;
		},
		hollow: (version) => {
			empty = version;
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
