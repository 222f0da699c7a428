import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {SastaError} from '../../src/kernel/errors.js';
import {lastWords, type ProcessRequest, runProcess} from '../../src/ports/process.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';

const run = (request: Partial<ProcessRequest> & Pick<ProcessRequest, 'argv'>, host = makeTestHost()) =>
	runProcess(host, {timeoutMs: 20_000, ...request});

const sh = (script: string, more: Partial<ProcessRequest> = {}) => run({argv: ['sh', '-c', script], ...more});

async function isGone(pid: number): Promise<boolean> {
	const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
	return stat === undefined || / Z /.test(stat);
}

describe('runProcess', () => {
	it('gives exit code, both streams as they were, and how long it took', async () => {
		const result = await sh('echo out; echo err >&2; exit 3');
		expect(result).toMatchObject({exitCode: 3, stdout: 'out\n', stderr: 'err\n', signal: undefined, timedOut: false});
		expect(result.durationMs).toBeGreaterThan(0);
	});

	it('has no shell between: a word is a word', async () => {
		const {stdout} = await run({argv: ['printf', '%s|', '$HOME', '*', 'a b', '; exit 1', '']});
		expect(stdout).toBe('$HOME|*|a b|; exit 1||');
	});

	it('gives no terminal, no prompt and no colour to a child, and nothing on standard input', async () => {
		const {stdout} = await sh('read x; echo "$? $GIT_TERMINAL_PROMPT $NO_COLOR [$FORCE_COLOR] $OWN"', {
			env: {OWN: 'o'},
		});
		expect(stdout).toBe('1 0 1 [] o\n');
	});

	it('hands over standard input', async () => {
		expect((await run({argv: ['cat'], input: 'चाय\n'})).stdout).toBe('चाय\n');
	});

	it('tells by which signal a child was ended', async () => {
		expect(await sh('kill -9 $$')).toMatchObject({exitCode: undefined, signal: 'SIGKILL', timedOut: false});
	});

	it.each([
		['a program that is not there', {argv: ['no-such-program']}, 'no such program'],
		['a file that cannot be run', {argv: ['/etc/passwd']}, 'not executable'],
		['a folder that is not there', {argv: ['true'], cwd: '/no/such/folder'}, 'its folder /no/such/folder is not there'],
	])('says that it cannot start %s', async (_what, request, words) => {
		await expect(run(request)).rejects.toMatchObject({
			code: 'COMMAND_NOT_FOUND',
			exitCode: 2,
			message: expect.stringContaining(words),
		});
	});

	it('hands on each line as it comes, of both streams, cut where the child cut it', async () => {
		const lines: string[] = [];
		await sh('printf "a\\nb"; echo c >&2; echo d; printf e', {onLine: (line) => lines.push(line)});
		expect(lines.sort()).toEqual(['a', 'bd', 'c', 'e']);
	});

	it('lets a child print without end where only its last words are kept', async () => {
		const result = await sh('head -c 9000000 /dev/zero | tr "\\0" x; echo; echo the end', {keep: 'end'});
		expect(result.exitCode).toBe(0);
		expect(result.stdout.length).toBeLessThan(100_000);
		expect(result.stdout).toMatch(/x\nthe end\n$/);
	});

	it('does not wait for a server that the child has left running', async () => {
		const result = await sh('sleep 30 & echo $!', {keep: 'end', uninterruptible: true});
		process.kill(Number(result.stdout));
		expect(result).toMatchObject({exitCode: 0, timedOut: false});
		expect(result.durationMs).toBeLessThan(10_000);
	});

	it('ends a child whose time is over, and what the child has started', async () => {
		const folder = await temporaryFolder();
		const script = `sleep 30 & echo $! > ${folder}/pid; wait`;
		const result = await sh(script, {uninterruptible: true, timeoutMs: 300, keep: 'end'});
		expect(result).toMatchObject({timedOut: true});
		expect(result.durationMs).toBeLessThan(10_000);
		const pid = Number(await readFile(join(folder, 'pid'), 'utf8'));
		await expect.poll(() => isGone(pid)).toBe(true);
	});

	it('ends an interruptible child at once when the host is told to stop, and gives the reason', async () => {
		const stop = new AbortController();
		const host = makeTestHost({signal: stop.signal});
		const running = run({argv: ['sleep', '30']}, host);
		setTimeout(() => stop.abort(new SastaError('INTERRUPTED', 'Interrupted')), 100);
		await expect(running).rejects.toMatchObject({code: 'INTERRUPTED'});
	});

	it('lets an uninterruptible child finish', async () => {
		const stop = new AbortController();
		const host = makeTestHost({signal: stop.signal});
		const running = run({argv: ['sh', '-c', 'sleep 0.4; echo finished'], uninterruptible: true}, host);
		setTimeout(() => stop.abort(new Error('stop')), 50);
		expect((await running).stdout).toBe('finished\n');
	});
});

it('lastWords are three lines at most, secrets masked', async () => {
	const host = makeTestHost();
	host.addSecret('hunter22');
	expect(lastWords('a\n\nb\r\n  c hunter22 \nd\n', host)).toEqual(['b', 'c ***', 'd']);
});

it('a script of one’s own is found by its path', async () => {
	const script = join(await temporaryFolder(), 'deploy');
	await writeFile(script, '#!/bin/sh\necho "deploys $1"\n', {mode: 0o755});
	expect((await run({argv: [script, 'tea']})).stdout).toBe('deploys tea\n');
});
