import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {makeFault, parseFaults, TornWrite} from '../../src/kernel/fault.js';
import {temporaryFolder} from '../support/folder.js';

function recorder() {
	const acts: string[] = [];
	return {
		acts,
		kill: (signal: string) => void acts.push(signal),
		exit: (code: number) => void acts.push(`exit ${code}`),
	};
}

describe('parseFaults', () => {
	it('reads points, occurrences and actions', () => {
		expect(parseFaults('tag.push.before=kill; migrate:0001-a.before@3=throw:BOOM;x=torn:12')).toEqual([
			{point: 'tag.push.before', occurrence: 1, action: 'kill'},
			{point: 'migrate:0001-a.before', occurrence: 3, action: 'throw:BOOM'},
			{point: 'x', occurrence: 1, action: 'torn:12'},
		]);
	});

	it.each(['', 'x', 'x=', 'x=nap', 'x@=kill', 'X=kill', 'x=kill;;y=kill', 'x=sleep', 'x=throw:lower', 'x=torn:-1'])(
		'refuses %j',
		(text) => {
			expect(() => parseFaults(text)).toThrowError(expect.objectContaining({code: 'FAULT_SYNTAX', exitCode: 2}));
		},
	);
});

describe('makeFault', () => {
	it('does nothing where nothing is set', async () => {
		const self = recorder();
		await makeFault({}, self)('anything');
		expect(self.acts).toEqual([]);
	});

	it.each([
		{SASTAOPS_FAULT: 'x=kill'},
		{SASTAOPS_FAULT_TRACE: '/tmp/t'},
		{SASTAOPS_FAULT: 'x=kill', NODE_ENV: 'production'},
	])('refuses to start outside tests: %j', (env) => {
		expect(() => makeFault(env, recorder())).toThrowError(
			expect.objectContaining({code: 'FAULT_OUTSIDE_TESTS', exitCode: 2}),
		);
	});

	it('acts at the occurrence it was told, and at no other', async () => {
		const self = recorder();
		const fault = makeFault({NODE_ENV: 'test', SASTAOPS_FAULT: 'a@2=term;b=exit:9'}, self);
		await fault('a');
		expect(self.acts).toEqual([]);
		await fault('a');
		await fault('a');
		await fault('b');
		expect(self.acts).toEqual(['SIGTERM', 'exit 9']);
	});

	it.each([
		['kill', 'SIGKILL'],
		['term', 'SIGTERM'],
		['int', 'SIGINT'],
		['stop', 'SIGSTOP'],
	])('%s sends %s', async (action, signal) => {
		const self = recorder();
		await makeFault({NODE_ENV: 'test', SASTAOPS_FAULT: `p=${action}`}, self)('p');
		expect(self.acts).toEqual([signal]);
	});

	it('throws what it was told, and a torn write for the journal', async () => {
		const fault = makeFault({NODE_ENV: 'test', SASTAOPS_FAULT: 'a=throw:DISK_GONE;b=torn:7'}, recorder());
		await expect(fault('a')).rejects.toMatchObject({code: 'DISK_GONE'});
		const torn = await fault('b').catch((error: unknown) => error);
		expect(torn).toBeInstanceOf(TornWrite);
		expect(torn).toMatchObject({keepBytes: 7});
	});

	it('writes down every point it passes', async () => {
		const trace = join(await temporaryFolder(), 'trace');
		const fault = makeFault({NODE_ENV: 'test', SASTAOPS_FAULT_TRACE: trace}, recorder());
		for (const point of ['a', 'b', 'a']) await fault(point);
		expect(await readFile(trace, 'utf8')).toBe('a@1\nb@1\na@2\n');
	});
});
