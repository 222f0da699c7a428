import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {cp, mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {readSettings, SETTING_NAMES} from '../../src/app/settings.js';
import {type FreshDatabase, freshDatabase} from '../support/mongo.js';

const TEMPLATES = resolve('templates');
const SECRET = 'a-secret-of-at-least-thirty-two-letters';

/** Variables of an env file as shells and docker read it; commented ones too when asked for. */
async function readEnv(isComplete: boolean): Promise<Record<string, string>> {
	const text = await readFile(join(TEMPLATES, 'env.production'), 'utf8');
	const line = isComplete ? /^#?([A-Z_]+)=(.*)$/gm : /^([A-Z_]+)=(.*)$/gm;
	return Object.fromEntries([...text.matchAll(line)].map(([, name, value]) => [name, value])) as Record<string, string>;
}

/** The same with secrets where the files would be. */
async function usableEnv(): Promise<Record<string, string>> {
	const env = await readEnv(false);
	return Object.fromEntries(
		Object.entries(env).map(([name, value]) =>
			name.endsWith('_FILE') ? [name.replace(/_FILE$/, ''), `${SECRET}-for-${name}`] : [name, value],
		),
	);
}

describe('env.production', () => {
	it('names every variable of the shop and no other', async () => {
		const named = Object.keys(await readEnv(true)).map((name) => name.replace(/_FILE$/, ''));
		expect([...new Set(named)].sort()).toEqual([...SETTING_NAMES].sort());
	});

	it('starts a shop in production once its secrets are there, and says all that is missing before', async () => {
		expect(readSettings(await usableEnv())).toMatchObject({SHOP_ENV: 'production', PAYMENTS: 'razorpay'});
		const thrown = await readEnv(false)
			.then(readSettings)
			.catch((error: unknown) => error);
		expect((thrown as {details: string[]}).details.filter((problem) => problem.includes('ENOENT'))).toHaveLength(4);
	});

	it('gives the defaults that the shop has', async () => {
		const defaults = readSettings({MONGODB_URI: 'mongodb://db'}) as unknown as Record<string, unknown>;
		const text = await readFile(join(TEMPLATES, 'env.production'), 'utf8');
		for (const [, name = '', value] of text.matchAll(
			/^#((?:POOL|DATABASE|REQUEST|RATE|RESERVATION|LOG|MOST)_[A-Z_]+)=(.*)$/gm,
		))
			expect(String(defaults[name]), name).toBe(value);
	});
});

describe('what starts a shop', () => {
	let database: FreshDatabase;
	let folder: string;
	beforeAll(async () => {
		database = await freshDatabase();
		folder = await mkdtemp(join(tmpdir(), 'sastaops-templates-'));
		// As `npm install sastaops` leaves it: copied, so that nothing can be loaded from packages that lie here.
		await mkdir(join(folder, 'node_modules', 'sastaops'), {recursive: true});
		for (const part of ['bin', 'dist', 'package.json'])
			await cp(resolve(part), join(folder, 'node_modules', 'sastaops', part), {recursive: true});
		await cp(join(TEMPLATES, 'shop'), folder, {recursive: true});
		await writeFile(join(folder, 'sastaops.yaml'), 'database: {name: placeholder}\n');
	});
	afterAll(async () => {
		await database.drop();
		await rm(folder, {recursive: true});
	});

	/** Runs a command line on a free port until the shop answers, then stops it. */
	async function startAndStop(argv: readonly string[]): Promise<{status: number; environment: unknown}> {
		const [command = '', ...args] = argv.map((word) => (word === '3000' ? '0' : word));
		const env = {
			...(await usableEnv()),
			PATH: process.env['PATH'],
			MONGODB_URI: database.uri,
			SASTAOPS_DATABASE_URI: database.uri,
			SASTAOPS_DATABASE_NAME: database.name,
			LOG_FOLDER: join(folder, 'logs'),
		};
		const shop = spawn(command, args, {cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe']});
		let said = '';
		const url = await new Promise<string>((done, failed) => {
			shop.stderr.setEncoding('utf8').on('data', (text: string) => {
				said += text;
				const found = /listens on (http:\S+)/.exec(said)?.[1];
				if (found !== undefined) done(found.replace('0.0.0.0', '127.0.0.1'));
			});
			shop.once('close', () => failed(new Error(said)));
		});
		const response = await fetch(`${url}/api/health`);
		const {environment} = (await response.json()) as {environment: unknown};
		shop.kill('SIGTERM');
		expect(await once(shop, 'close')).toEqual([0, null]);
		return {status: response.status, environment};
	}

	it('is the command of the Dockerfile', async () => {
		const text = await readFile(join(TEMPLATES, 'shop', 'Dockerfile'), 'utf8');
		const argv = JSON.parse(/^CMD (\[.*\])$/m.exec(text)?.[1] ?? '') as string[];
		expect(await startAndStop(argv)).toEqual({status: 200, environment: 'production'});
	});

	it('is the command of the systemd unit, which systemd understands', async () => {
		const text = await readFile(join(TEMPLATES, 'shop', 'sastabazar.service'), 'utf8');
		const argv = (/^ExecStart=(.*)$/m.exec(text)?.[1] ?? '').replace('/usr/bin/node', process.execPath).split(' ');
		expect(await startAndStop(argv)).toEqual({status: 200, environment: 'production'});
		const verified = spawnSync('systemd-analyze', ['verify', join(TEMPLATES, 'shop', 'sastabazar.service')], {
			encoding: 'utf8',
		});
		// Where there is no systemd there is nothing to ask.
		if (verified.error === undefined) expect(verified.stderr).not.toMatch(/Unknown|Failed to parse|Invalid/);
	});

	it('is the script and arguments of the ecosystem file', async () => {
		const {apps} = createRequire(import.meta.url)(join(TEMPLATES, 'shop', 'ecosystem.config.cjs')) as {
			apps: {script: string; args: string}[];
		};
		const [app] = apps;
		const answer = await startAndStop([process.execPath, app?.script ?? '', ...(app?.args.split(' ') ?? [])]);
		expect(answer).toEqual({status: 200, environment: 'production'});
	});
});
