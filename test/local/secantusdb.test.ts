import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {ensureSecantusDb} from '../../src/local/secantusdb.js';
import {makeTestHost} from '../support/host.js';

let cache: string;
beforeAll(async () => {
	cache = await mkdtemp(join(tmpdir(), 'sastaops-cache-'));
});
afterAll(() => rm(cache, {recursive: true, force: true}));

const hostWith = (signal: AbortSignal) =>
	makeTestHost({env: {...process.env, XDG_CACHE_HOME: cache}, cwd: cache, signal});

describe('installing SecantusDB', () => {
	it('leaves nothing half-made when it is interrupted', async () => {
		const stop = new AbortController();
		const host = {
			...hostWith(stop.signal),
			// It says so when it begins; the interruption comes a little into it.
			emit: () => void setTimeout(() => stop.abort(new Error('Ctrl-C')), 500),
		};
		const installing = ensureSecantusDb(host);
		await expect(installing).rejects.toThrow('Ctrl-C');
		expect(await readdir(join(cache, 'sastaops'))).toEqual([]);
	});

	// Fetches tens of megabytes, twice.
	it.runIf(process.env['SASTAOPS_TEST_FULL'])(
		'gives two that install at once the same environment',
		async () => {
			const {signal} = new AbortController();
			const folders = await Promise.all([ensureSecantusDb(hostWith(signal)), ensureSecantusDb(hostWith(signal))]);
			expect(folders[0]).toBe(folders[1]);
			expect(await readdir(join(cache, 'sastaops'))).toHaveLength(1);
		},
		300_000,
	);
});
