import type {IncomingMessage, ServerResponse} from 'node:http';
import {onTestFinished} from 'vitest';
import {openHaproxy} from '../../../src/ports/splitter/haproxy.js';
import type {ServedRequest, Splitter} from '../../../src/ports/splitter/splitter.js';
import {temporaryFolder} from '../folder.js';
import {makeTestHost} from '../host.js';
import {type Backend, type Sent, startBackend} from './gateway.js';
import {type Haproxy, type HaproxyOptions, startHaproxy} from './haproxy.js';

type OpenOptions = Parameters<typeof openHaproxy>[0];
type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export type HaproxySplit = {
	readonly haproxy: Haproxy;
	readonly url: string;
	readonly stable: Backend;
	readonly canary: Backend;
	readonly splitter: Splitter;
	/** Another one at the same HAProxy. */
	open(changes?: Partial<OpenOptions>): Splitter;
};

/** A real HAProxy between two real servers, and its splitter; all gone when the test has finished. */
export async function startHaproxySplit(
	options: {edit?: HaproxyOptions['edit']; handler?: Handler} = {},
): Promise<HaproxySplit> {
	const stable = await startServer('stable', options.handler);
	const canary = await startServer('canary', options.handler);
	const haproxy = await startHaproxy({
		stable: [stable.url],
		canary: [canary.url],
		folder: await temporaryFolder(),
		...(options.edit ? {edit: options.edit} : {}),
	});
	const open = (changes: Partial<OpenOptions> = {}) => {
		const {socket: address, mapFile: map, ring} = haproxy;
		const splitter = openHaproxy(
			{address, map, ring, stable: 'shop_stable', canary: 'shop_canary', ...changes},
			makeTestHost(),
		);
		onTestFinished(() => splitter.close());
		return splitter;
	};
	return {haproxy, url: haproxy.url, stable, canary, open, splitter: open()};
}

/** Says its name; counts what shoppers ask, not what HAProxy checks. */
async function startServer(name: string, handler?: Handler): Promise<Backend> {
	let count = 0;
	const backend = await startBackend(name, (request, response) => {
		if (request.url?.endsWith('/health')) return void response.end('ok');
		count++;
		if (handler && request.url?.startsWith('/x-')) return handler(request, response);
		request.resume().once('end', () => response.end(name));
	});
	return {...backend, count: () => count};
}

export function setShare(splitter: Splitter, share: number, leaseMs = 60_000) {
	return splitter.set({share, leaseMs, owner: 'run-1'});
}

export function canaryOf(answers: readonly Sent[]): number {
	return answers.filter(({body}) => body === 'canary').length;
}

/** Reads on until it has seen as many or missed them, or time is up. */
export async function observeAll(
	splitter: Splitter,
	count: number,
): Promise<{served: ServedRequest[]; missed: number}> {
	const served: ServedRequest[] = [];
	let missed = 0;
	for (const limit = Date.now() + 30_000; Date.now() < limit && served.length + missed < count; ) {
		const reading = await splitter.observe();
		served.push(...(reading.served ?? []));
		missed += reading.missed;
		await new Promise((done) => setTimeout(done, 20));
	}
	return {served, missed};
}
