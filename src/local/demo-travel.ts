import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
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
	const type = (
		title: string,
		command: string,
		detail: (run: CliRun) => string | Promise<string>,
		options: Pick<CliRequest, 'expected' | 'killAt'> = {},
	) => {
		host.emit({type: 'log', level: 'info', message: `\n$ sastaops ${command}`});
		return journey.stop(title, async () => {
			const run = await runCli(host, {args: command.split(' '), cwd: repository, env: host.env, ...options});
			return [run, await detail(run)];
		});
	};

	await journey.stop('Fill the shop', async () => {
		await fillShop(db, size);
		return [undefined, `${size.orders} orders, ${size.users} customers`];
	});
	await type('Release 1.0.0', 'release create 1.0.0 --yes --no-github', () => expectVersion(shopUrl, '1.0.0'));
	const before = await fingerprint(db);

	await journey.stop('Commit a migration', async () => {
		await addMigration(host, workspace);
		return [undefined, 'every order gets its GST'];
	});
	await type(
		'Release 1.1.0, and kill it',
		'release create 1.1.0 --yes --no-github',
		({killedAt}) => killedText(killedAt),
		{
			killAt: {step: 'migrate', share: KILL_SHARE},
		},
	);
	await type('Ask where it stands', 'release status', () => 'a run is open: resume or abort', {
		expected: [EXIT.stopped],
	});
	await type('Go on', 'release resume', async () => {
		await expectMigrated(mongo, size.orders);
		return expectVersion(shopUrl, '1.1.0');
	});
	await type('Verify 1.1.0', 'release verify 1.1.0', () => 'every promise holds');
	const between = await fingerprint(db);

	const sale = await journey.stop('Sell at 1.1.0', async () => {
		const sold = await goShopping(shopUrl, 3);
		return [sold, `3 orders over HTTP, ₹ ${(sold.paise / 100).toLocaleString('en-IN')}`];
	});
	await type(
		'Roll back to 1.0.0, data too',
		`release rollback 1.0.0 --data restore --confirm ${DEMO_DATABASE} --yes`,
		async ({report}) => {
			await expectKept(workspace, String(report?.['run']), sale.orderIds);
			return `${await expectVersion(shopUrl, '1.0.0')}; 3 orders kept`;
		},
	);
	const after = await journey.stop('Compare with before', async () => {
		const found = await fingerprint(db);
		if (found !== before) throw broken(`After the rollback the data is ${found}, not ${before} as it was`);
		if (before === between) throw broken('The migration changed nothing, so the rollback proves nothing');
		return [found, 'identical, byte by byte'];
	});
	return {before, between, after};
}

async function expectVersion(shopUrl: string, version: string): Promise<string> {
	const found = await readVersion(shopUrl);
	if (found !== version) throw broken(`The shop answers as ${found}, not ${version}`);
	return `${version} answers`;
}

async function expectMigrated(mongo: Mongo, orders: number): Promise<void> {
	const migrated = await mongo
		.db(DEMO_DATABASE)
		.collection('orders')
		.countDocuments({gstPaise: {$type: 'int'}});
	if (migrated !== orders) throw broken(`${migrated} of ${orders} orders are migrated`);
}

/** What the rollback took out of the shop lies in a file, for a person to decide on. */
async function expectKept({repository}: Workspace, run: string, orderIds: readonly string[]): Promise<void> {
	const kept = await readFile(join(repository, '.sastaops', 'rollbacks', run, 'orders.jsonl'), 'utf8');
	const missing = orderIds.filter((id) => !kept.includes(id));
	if (missing.length > 0) throw broken(`The rollback did not keep the orders ${missing.join(', ')}`);
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
