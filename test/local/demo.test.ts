import {existsSync} from 'node:fs';
import {readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, it} from 'vitest';
import {playIn, runDemo} from '../../src/local/demo.js';
import {makeTestHost, type TestHost} from '../support/host.js';

const SMALL = {products: 20, users: 50, orders: 1000};

it('walks the whole journey, leaves nothing running, and keeps the workspace to play in', async () => {
	const {timeline, proof, workspace} = await runDemo(makeTestHost(), {keep: true, size: SMALL});
	if (workspace === undefined) throw new Error('the workspace was not kept');
	try {
		expect(timeline.map(({title}) => title)).toEqual([
			'Make a repository and remote',
			'Start a database',
			'Fill the shop',
			'Release 1.0.0',
			'Commit a migration',
			'Release 1.1.0, and kill it',
			'Ask where it stands',
			'Go on',
			'Verify 1.1.0',
			'Sell at 1.1.0',
			'Roll back to 1.0.0, data too',
			'Compare with before',
		]);
		expect(timeline[5]?.detail).toMatch(/^kill -9 at [4-8]00 of 1000 orders$/);
		expect(proof.after).toBe(proof.before);
		expect(proof.between).not.toBe(proof.before);
		await expect(fetch(workspace.shopUrl)).rejects.toThrow('fetch failed');

		const stop = new AbortController();
		const playing = playIn(workspace.folder, makeTestHost({signal: stop.signal}), () => undefined);
		const version: unknown = await eventually(async () => (await fetch(`${workspace.shopUrl}/api/health`)).json());
		stop.abort(new Error('Ctrl-C'));
		await playing;
		expect(version).toMatchObject({status: 'ok', version: '1.0.0'});
		await expect(fetch(workspace.shopUrl)).rejects.toThrow('fetch failed');
	} finally {
		await rm(workspace.folder, {recursive: true, force: true});
	}
}, 180_000);

it('cleans up after itself when it is interrupted', async () => {
	const stop = new AbortController();
	const host: TestHost = makeTestHost({signal: stop.signal});
	const demo = runDemo(host, {keep: false, size: SMALL});
	demo.catch(() => undefined);
	const step = (title: string, state: string) =>
		host.events.find((event) => event.type === 'step' && event.title === title && event.state === state);
	await eventually(async () => {
		if (step('Release 1.0.0', 'start') === undefined) throw new Error('not there yet');
	});
	// The release is under way, in a process of its own.
	await new Promise((resolve) => setTimeout(resolve, 700));
	const made = step('Make a repository and remote', 'done');
	const folder = made?.type === 'step' ? String(made.detail) : '';
	const {shopPort, databasePort} = JSON.parse(await readFile(join(folder, 'ports.json'), 'utf8'));
	expect(existsSync(folder)).toBe(true);

	stop.abort(new Error('Ctrl-C'));

	await expect(demo).rejects.toThrow('Ctrl-C');
	expect(existsSync(folder)).toBe(false);
	for (const port of [shopPort, databasePort])
		await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow('fetch failed');
}, 60_000);

it('does not take any folder for a workspace', async () => {
	await expect(playIn('/nowhere', makeTestHost(), () => undefined)).rejects.toMatchObject({
		code: 'WORKSPACE_NOT_FOUND',
	});
});

async function eventually<T>(work: () => Promise<T>): Promise<T> {
	for (let tries = 1; ; tries++) {
		try {
			return await work();
		} catch (error) {
			if (tries === 600) throw error;
			await new Promise((resolve) => setTimeout(resolve, 50));
		}
	}
}
