import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Side} from '../ports/splitter/splitter.js';
import {type AttemptOptions, type Attempts, hasBody, type Outcome} from './attempt.js';
import type {Instance, Instances} from './instances.js';

/** What came of a request, whichever instances were asked. */
export type Passed = {
	/** A stable instance stood in for the canary. */
	readonly isRescued: boolean;
	/** No instance answered, or the one that did broke off. */
	readonly isFailed: boolean;
};

export type PassOn = {
	readonly attempts: Attempts;
	readonly sides: Readonly<Record<Side, Instances>>;
	readonly options: Pick<AttemptOptions, 'idleTimeoutMs' | 'connectTimeoutMs' | 'isClosing'>;
};

/** A request that an instance may get twice without harm. */
const REPEATABLE = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE']);

/**
 * Gives a request to an instance of its side. Whoever takes no connection has got nothing of it, so that the next one may
 * be asked, whatever the method; behind the last canary come the stable ones, and behind the last stable one nobody: the
 * canary never gets more than its share. A request that may have been acted on is repeated only where that does no harm.
 */
export async function passOn(
	request: IncomingMessage,
	response: ServerResponse,
	side: Side,
	{attempts, sides, options}: PassOn,
): Promise<Passed> {
	const isRepeatable = REPEATABLE.has(request.method ?? '') && !hasBody(request);
	const ask = async (instance: Instance, isFresh: boolean): Promise<Outcome> => {
		const outcome = await attempts.try(request, response, {...options, target: instance.url, isFresh});
		if (outcome.kind === 'unsent') instance.markDown();
		else instance.markUp();
		return outcome;
	};

	for (const {instance, isRescue} of candidates(side, sides)) {
		// What must not be repeated gets a connection of its own: a kept one may be closed by the instance at that moment.
		let outcome = await ask(instance, !isRepeatable);
		if (outcome.kind === 'lost' && outcome.isStale && isRepeatable) outcome = await ask(instance, true);
		if (outcome.kind === 'over' || outcome.kind === 'cut') {
			return {isRescued: isRescue, isFailed: isRescue || outcome.kind === 'cut'};
		}
		if (outcome.kind === 'stuck') return {...refuse(response, 408, 'Your request did not arrive'), isFailed: false};
		if (response.destroyed) return {isRescued: false, isFailed: false};
		if (outcome.kind === 'unfit') return {...refuse(response, 400, 'Not understood'), isFailed: false};
		if (outcome.kind === 'unsent') continue;
		if (outcome.isTimeout) return refuse(response, 504, 'The shop takes too long to answer');
		if (side === 'canary' || !isRepeatable) return refuse(response, 502, 'The shop broke off');
	}
	return refuse(response, 503, 'The shop cannot be reached');
}

function* candidates(side: Side, sides: PassOn['sides']): Generator<{instance: Instance; isRescue: boolean}> {
	if (side === 'canary') {
		for (const instance of sides.canary.healthy()) yield {instance, isRescue: false};
	}
	const isRescue = side === 'canary';
	const healthy = sides.stable.healthy();
	for (const instance of healthy) yield {instance, isRescue};
	for (const instance of sides.stable.doubtful()) if (!healthy.includes(instance)) yield {instance, isRescue};
}

function refuse(response: ServerResponse, status: number, words: string): Passed {
	response.writeHead(status, {
		'content-type': 'text/plain; charset=utf-8',
		'cache-control': 'no-store',
		// A body that nobody has read stands between this request and the next one of the connection.
		...(response.req.complete ? {} : {connection: 'close'}),
		...(status === 503 ? {'retry-after': '2'} : {}),
	});
	response.end(`${words}. Please try again.\n`);
	return {isRescued: false, isFailed: true};
}
