import {PassThrough} from 'node:stream';
import {describe, expect, it} from 'vitest';
import {makeAsk, type Question} from '../../src/cli/ask.js';
import {SastaError} from '../../src/kernel/errors.js';

const YES_NO: Question = {text: 'Release 1.2.0?', flag: '--yes'};
const TYPED: Question = {text: 'This loses 2 orders.', typed: 'sastabazar', flag: '--confirm sastabazar'};

function scene(barred?: string) {
	const stdin = new PassThrough();
	const stderr = new PassThrough();
	const stop = new AbortController();
	let said = '';
	stderr.on('data', (chunk: Buffer) => {
		said += chunk.toString();
	});
	return {stdin, stop, said: () => said, ask: makeAsk({stdin, stderr, signal: stop.signal, barred})};
}

describe('a question', () => {
	it.each([
		['y', true],
		['Y', true],
		['yes', true],
		['  yes  ', true],
		['', false],
		['n', false],
		['yesterday', false],
		['j', false],
	])('answered with %j is %s', async (answer, isYes) => {
		const {stdin, ask, said} = scene();
		stdin.write(`${answer}\n`);
		expect(await ask(YES_NO)).toBe(isYes);
		expect(said()).toBe('Release 1.2.0? [y/N] ');
	});

	it.each([
		['sastabazar', true],
		[' sastabazar ', true],
		['SASTABAZAR', false],
		['yes', false],
		['', false],
	])('that wants a name typed takes %j: %s', async (answer, isYes) => {
		const {stdin, ask, said} = scene();
		stdin.write(`${answer}\n`);
		expect(await ask(TYPED)).toBe(isYes);
		expect(said()).toContain('Type sastabazar to go on: ');
	});

	it('that nobody answers, for the input ends, is a no', async () => {
		const {stdin, ask} = scene();
		stdin.end();
		expect(await ask(YES_NO)).toBe(false);
	});

	it('takes half an answer for a no: nobody pressed Enter', async () => {
		const {stdin, ask} = scene();
		stdin.end('y');
		expect(await ask(YES_NO)).toBe(false);
	});

	it('ends when we are told to stop', async () => {
		const {stop, ask} = scene();
		const asked = ask(YES_NO);
		stop.abort(new SastaError('INTERRUPTED', 'Interrupted'));
		await expect(asked).rejects.toMatchObject({name: 'AbortError'});
	});

	it('where nobody can be asked is refused, and names the flag that answers it', async () => {
		const {ask, said} = scene('CI is set');
		await expect(ask(TYPED)).rejects.toMatchObject({
			code: 'NEEDS_ANSWER',
			exitCode: 2,
			message: expect.stringContaining('CI is set'),
			hint: expect.stringContaining('--confirm sastabazar'),
		});
		expect(said()).toBe('');
	});
});
