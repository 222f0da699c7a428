import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import {type CliRequest, type CliRun, runCli} from './demo-cli.js';
import {type DataSize, fillShop, fingerprint} from './demo-data.js';
import type {Journey} from './demo-journey.js';
import {goShopping, readVersion} from './demo-shopping.js';
import {addMigration, DEMO_DATABASE, type Workspace} from './demo-workspace.js';

/** SHA-256 over the shop's documents at three moments. */
export type Proof = {
	/** At 1.0.0, before the migration of 1.1.0. */
	readonly before: string;
	/** At 1.1.0. */
	readonly between: string;
	/** At 1.0.0 again. */
	readonly after: string;
};

/** How many stops `travel` makes. */
export const STOPS = 10;

/** Where in its migration the second release is killed. */
const KILL_SHARE = 0.4;

type Travel = {
	readonly workspace: Workspace;
	readonly mongo: Mongo;
	readonly journey: Journey;
	readonly size: DataSize;
};

/** From an empty database to 1.0.0, to 1.1.0 over a kill, and back. @throws SastaError DEMO_FAILED */
export async function travel(
	{workspace, mongo, journey, size}: Travel,
	host: Pick<Host, 'cwd' | 'env' | 'signal' | 'monotonicMs' | 'emit'>,
): Promise<Proof> {
	const db = mongo.db(DEMO_DATABASE);
	const {shopUrl, repository} = workspace;
	const type = async (
		command: string,
		detail: (run: CliRun) => string | Promise<string>,
		options: Pick<CliRequest, 'expected' | 'killAt'> = {},
	) =>
		journey.stop(`sastaops ${command}`, async () => {
			const run = await runCli(host, {args: command.split(' '), cwd: repository, env: host.env, ...options});
			return [run, await detail(run)];
		});

	await journey.stop('Fill the shop', async () => {
		await fillShop(db, size);
		return [undefined, `${size.orders} orders, ${size.users} customers, ${size.products} products`];
	});
	await type('release create 1.0.0 --yes --no-github', () => expectVersion(shopUrl, '1.0.0'));
	const before = await fingerprint(db);

	await journey.stop('Commit a migration of every order', async () => {
		await addMigration(host, workspace);
		return [undefined, 'pushed to main'];
	});
	await type('release create 1.1.0 --yes --no-github', ({killedAt}) => killedText(killedAt), {
		killAt: {step: 'migrate', share: KILL_SHARE},
	});
	await type('release status', () => 'a run is open; it names resume and abort', {expected: [EXIT.stopped]});
	await type('release resume', async () => {
		await expectMigrated(mongo, size.orders);
		return expectVersion(shopUrl, '1.1.0');
	});
	await type('release verify 1.1.0', () => 'tag, backup, migrations and shop agree');
	const between = await fingerprint(db);

	await journey.stop('Sell at 1.1.0', async () => {
		const paise = await goShopping(shopUrl, 3);
		return [undefined, `3 orders, ₹ ${(paise / 100).toLocaleString('en-IN')}, placed over HTTP`];
	});
	await type(`release rollback 1.0.0 --data restore --confirm ${DEMO_DATABASE} --yes`, () =>
		expectVersion(shopUrl, '1.0.0'),
	);
	const after = await journey.stop('Compare every document with before', async () => {
		const found = await fingerprint(db);
		if (found !== before) throw broken(`After the rollback the data is ${found}, not ${before} as it was`);
		if (before === between) throw broken('The migration changed nothing, so the rollback proves nothing');
		return [found, `identical, sha256 ${found.slice(0, 12)}…`];
	});
	return {before, between, after};
}

async function expectVersion(shopUrl: string, version: string): Promise<string> {
	const found = await readVersion(shopUrl);
	if (found !== version) throw broken(`The shop answers as ${found}, not ${version}`);
	return `the shop answers as ${version}`;
}

async function expectMigrated(mongo: Mongo, orders: number): Promise<void> {
	const migrated = await mongo
		.db(DEMO_DATABASE)
		.collection('orders')
		.countDocuments({gstPaise: {$type: 'int'}});
	if (migrated !== orders) throw broken(`${migrated} of ${orders} orders are migrated`);
}

function killedText(killedAt: CliRun['killedAt']): string {
	return killedAt ? `kill -9 at ${killedAt.done} of ${killedAt.total} orders` : 'not killed';
}

function broken(message: string): SastaError {
	return new SastaError('DEMO_FAILED', message, {
		exitCode: EXIT.no,
		hint: 'Run it with --keep and look into the workspace',
	});
}
