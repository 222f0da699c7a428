import {describe, expect, it} from 'vitest';
import {type Job, type Outcome, openOutbox} from '../../src/alert/outbox.js';
import {type Receiver, ReceiverError} from '../../src/ports/alerts/receiver.js';
import {delivery, NOTICE} from '../ports/alerts/sample.js';
import {makeTestHost} from '../support/host.js';

const host = makeTestHost();
const TERMS = {giveUpMs: 500, attemptMs: 200, firstDelayMs: 10};

type Send = (signal: AbortSignal, attempt: number) => Promise<string>;

function job(
	name: string,
	send: Send,
): {readonly job: Job; readonly ended: Promise<Outcome | undefined>; tries(): number} {
	let end: (outcome: Outcome | undefined) => void = () => undefined;
	let tries = 0;
	const ended = new Promise<Outcome | undefined>((done) => {
		end = done;
	});
	const receiver: Receiver = {
		name,
		kind: 'webhook',
		title: name,
		send: (_delivery, signal) => send(signal, ++tries),
		close: async () => undefined,
	};
	return {
		job: {receiver, prepare: async () => delivery([NOTICE]), done: async (outcome) => end(outcome)},
		ended,
		tries: () => tries,
	};
}

const refuse = (options: {isRetryable: boolean; retryAfterMs?: number}) => async () => {
	throw new ReceiverError('it does not want it', options);
};

const hang: Send = (signal) =>
	new Promise((_, reject) =>
		signal.addEventListener('abort', () => reject(new ReceiverError('late', {isRetryable: true}))),
	);

describe('the outbox', () => {
	it('tries again what may be taken later', async () => {
		const outbox = openOutbox(TERMS, host);
		const sent = job('a', async (_signal, attempt) => {
			if (attempt < 3) throw new ReceiverError('later', {isRetryable: true});
			return 'ok';
		});
		outbox.add(sent.job);
		expect(await sent.ended).toEqual({kind: 'taken', answer: 'ok'});
		expect(sent.tries()).toBe(3);
	});

	it('gives up at once what never will be taken, and in time what is not', async () => {
		const outbox = openOutbox(TERMS, host);
		const refused = job('a', refuse({isRetryable: false}));
		const failing = job('b', refuse({isRetryable: true}));
		const startedMs = performance.now();
		for (const {job: added} of [refused, failing]) outbox.add(added);
		expect(await refused.ended).toMatchObject({kind: 'given-up'});
		expect(refused.tries()).toBe(1);
		expect(await failing.ended).toMatchObject({kind: 'given-up'});
		expect(failing.tries()).toBeGreaterThan(2);
		expect(performance.now() - startedMs).toBeLessThan(5000);
	});

	it('waits as long as it is asked to, and gives up where that is too long', async () => {
		const outbox = openOutbox(TERMS, host);
		const asked = job('a', async (_signal, attempt) => {
			if (attempt === 1) throw new ReceiverError('slowly', {isRetryable: true, retryAfterMs: 200});
			return 'ok';
		});
		const tooLong = job('b', refuse({isRetryable: true, retryAfterMs: 60_000}));
		const startedMs = performance.now();
		for (const {job: added} of [asked, tooLong]) outbox.add(added);
		expect(await tooLong.ended).toMatchObject({kind: 'given-up'});
		expect(await asked.ended).toMatchObject({kind: 'taken'});
		expect(performance.now() - startedMs).toBeGreaterThan(190);
	});

	it('lets no receiver that hangs keep another waiting, nor the caller', async () => {
		const outbox = openOutbox({...TERMS, giveUpMs: 60_000, attemptMs: 60_000}, host);
		const [hanging, fine] = [job('a', hang), job('b', async () => 'ok')];
		const startedMs = performance.now();
		outbox.add(hanging.job);
		outbox.add(fine.job);
		expect(performance.now() - startedMs).toBeLessThan(100);
		expect(await fine.ended).toMatchObject({kind: 'taken'});
		await outbox.close(50);
		expect(await hanging.ended).toMatchObject({kind: 'left'});
		expect(performance.now() - startedMs).toBeLessThan(3000);
	});

	it('keeps no more than it can hold', async () => {
		const outbox = openOutbox({...TERMS, giveUpMs: 60_000, attemptMs: 60_000}, host);
		const jobs = Array.from({length: 150}, () => job('a', hang));
		for (const {job: added} of jobs) outbox.add(added);
		await outbox.close(10);
		const outcomes = await Promise.all(jobs.map(({ended}) => ended));
		expect(outcomes.filter((outcome) => outcome?.kind === 'left' && /too much/.test(outcome.why))).toHaveLength(50);
	});

	it('sends what came before the end, and nothing that comes after', async () => {
		const outbox = openOutbox(TERMS, host);
		const before = job('a', async () => 'ok');
		outbox.add(before.job);
		await outbox.close(1000);
		expect(await before.ended).toMatchObject({kind: 'taken'});
		const after = job('a', async () => 'ok');
		outbox.add(after.job);
		expect(await after.ended).toMatchObject({kind: 'left'});
	});
});
