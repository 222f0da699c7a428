import {errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import {type Delivery, type Receiver, ReceiverError} from '../ports/alerts/receiver.js';

export type Outcome =
	| {readonly kind: 'taken'; readonly answer: string}
	/** For now: it may be tried again after a rest. */
	| {readonly kind: 'given-up'; readonly why: string}
	/** This process ends: whoever comes next may try at once. */
	| {readonly kind: 'left'; readonly why: string};

export type Job = {
	readonly receiver: Receiver;
	/** What is to be sent now; undefined where nothing is any more, or somebody else is at it. Asked before each try. */
	prepare(): Promise<Delivery | undefined>;
	/** Told once, however it ended; `undefined`: nothing was to be sent. */
	done(outcome: Outcome | undefined, delivery: Delivery | undefined): Promise<void>;
};

export type Outbox = {
	/** Returns at once. */
	add(job: Job): void;
	/** Resolves when nothing waits any more. */
	idle(): Promise<void>;
	/** Takes nothing more; what is not sent within the time is left. */
	close(withinMs: number): Promise<void>;
};

export type OutboxTerms = {
	/** How long a message is tried. */
	readonly giveUpMs: number;
	/** For one try. @default 15000 */
	readonly attemptMs?: number;
	/** Before the second try; doubles from there. @default 1000 */
	readonly firstDelayMs?: number;
};

export type OutboxHost = Pick<Host, 'monotonicMs' | 'sleep' | 'randomHex'>;

/** For each receiver; what comes beyond is given up at once, so that memory is bounded. */
const MOST_WAITING = 100;
const LONGEST_DELAY_MS = 60_000;

/** Sends what it is given, receiver by receiver, each in its own time: one that hangs keeps no other waiting. */
export function openOutbox({giveUpMs, attemptMs = 15_000, firstDelayMs = 1000}: OutboxTerms, host: OutboxHost): Outbox {
	const stop = new AbortController();
	const queues = new Map<string, {waiting: number; tail: Promise<void>}>();
	let isClosed = false;

	const send = async ({receiver, prepare, done}: Job): Promise<void> => {
		const startedMs = host.monotonicMs();
		let delivery: Delivery | undefined;
		const end = (outcome: Outcome | undefined) => done(outcome, delivery);
		for (let attempt = 1; ; attempt++) {
			try {
				delivery = await prepare();
				if (delivery === undefined) return await end(undefined);
				if (stop.signal.aborted) return await end({kind: 'left', why: 'the process ends'});
				const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(attemptMs)]);
				const answer = await receiver.send(delivery, signal);
				return await end({kind: 'taken', answer});
			} catch (error) {
				const why = errorMessage(error);
				if (stop.signal.aborted) return await end({kind: 'left', why});
				if (error instanceof ReceiverError && !error.isRetryable) return await end({kind: 'given-up', why});
				const waitMs = (error instanceof ReceiverError ? error.retryAfterMs : undefined) ?? backoffMs(attempt);
				if (host.monotonicMs() - startedMs + waitMs > giveUpMs) return await end({kind: 'given-up', why});
				await host.sleep(waitMs, stop.signal).catch(() => undefined);
			}
		}
	};

	/** Doubling, with up to a quarter more, so that many who failed together do not come back together. */
	const backoffMs = (attempt: number): number => {
		const jitter = 1 + Number.parseInt(host.randomHex(1), 16) / 1024;
		return Math.min(firstDelayMs * 2 ** (attempt - 1) * jitter, LONGEST_DELAY_MS);
	};

	const idle = async (): Promise<void> => {
		await Promise.all([...queues.values()].map(({tail}) => tail));
	};

	return {
		add(job) {
			const {name} = job.receiver;
			const queue = queues.get(name) ?? {waiting: 0, tail: Promise.resolve()};
			queues.set(name, queue);
			const refusal = isClosed
				? 'the process ends'
				: queue.waiting >= MOST_WAITING
					? 'too much waits for it'
					: undefined;
			queue.waiting++;
			const work = () => (refusal === undefined ? send(job) : job.done({kind: 'left', why: refusal}, undefined));
			queue.tail = queue.tail
				.then(work)
				// What `done` could not store is found again by the next look.
				.catch(() => undefined)
				.finally(() => {
					queue.waiting--;
				});
		},
		idle,
		async close(withinMs) {
			isClosed = true;
			const late = new AbortController();
			await Promise.race([idle(), host.sleep(withinMs, late.signal).catch(() => undefined)]);
			late.abort();
			stop.abort();
			// `left` is written down; the store may be what hangs.
			const last = new AbortController();
			await Promise.race([idle(), host.sleep(LEAVING_MS, last.signal).catch(() => undefined)]);
			last.abort();
		},
	};
}

const LEAVING_MS = 2000;
