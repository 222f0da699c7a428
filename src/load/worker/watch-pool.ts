import type {MongoClient} from 'mongodb';
import {record} from '../histogram.js';
import {COUNTERS, type Tally} from '../tally.js';

/**
 * Counts what the pool does. The driver tells of waits in whole milliseconds; it serves them in the order in which they
 * began, so that our own clock tells them finer.
 */
export function watchPool(client: MongoClient, tally: Tally, clock: () => number, isCounting: () => boolean): void {
	const {counters} = tally;
	const increase = (counter: number) => {
		counters[counter] = (counters[counter] as number) + 1;
	};
	const began = new Map<string, number[]>();
	const queueOf = (address: string) => {
		const queue = began.get(address) ?? [];
		began.set(address, queue);
		return queue;
	};
	client.on('connectionCheckOutStarted', ({address}) => void queueOf(address).push(clock()));
	client.on('connectionCheckedOut', ({address, durationMS}) => {
		const beganMs = queueOf(address).shift();
		const ownMs = beganMs === undefined ? durationMS : clock() - beganMs;
		// Should the order ever be another one, the driver's own figure is right, if coarse.
		if (isCounting()) record(tally.wait, Math.abs(ownMs - durationMS) <= 2 ? ownMs : durationMS);
	});
	client.on('connectionCheckOutFailed', ({address, durationMS}) => {
		queueOf(address).shift();
		if (!isCounting()) return;
		increase(COUNTERS.waitsFailed);
		record(tally.wait, durationMS);
	});
	client.on('connectionCreated', () => increase(COUNTERS.connectionsCreated));
	client.on('connectionClosed', () => increase(COUNTERS.connectionsClosed));
}

/** Times every command from its sending to its answer. The client must have been made with `monitorCommands`. */
export function watchCommands(client: MongoClient, tally: Tally, clock: () => number, isCounting: () => boolean): void {
	const began = new Map<number, number>();
	client.on('commandStarted', ({requestId}) => void began.set(requestId, clock()));
	client.on('commandSucceeded', ({requestId}) => {
		const beganMs = began.get(requestId);
		began.delete(requestId);
		if (beganMs !== undefined && isCounting()) record(tally.server, clock() - beganMs);
	});
	client.on('commandFailed', ({requestId}) => void began.delete(requestId));
}
