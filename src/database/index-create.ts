import type {Db} from 'mongodb';
import {errorCode, errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Lease} from '../kernel/lease.js';
import {readBuilds} from './index-facts.js';
import type {IndexState} from './index-plan.js';
import {compareIndexes, describeIndex, type FoundIndex, listIndexes, type NeededIndex} from './indexes.js';
import {createIndexCommand, dropIndexCommand} from './mongosh.js';

export type CreateHost = Pick<Host, 'signal' | 'sleep' | 'monotonicMs' | 'emit' | 'fault'>;

export type CreateWork = {
	readonly db: Db;
	readonly lease: Pick<Lease, 'assertHeld'>;
	/** In this order, one at a time. */
	readonly indexes: readonly IndexState[];
	/** The index that may be dropped for one with other options; undefined for none. */
	readonly replace: string | undefined;
};

export type CreateResult = {
	/** `orders.userId_1_createdAt_-1`. */
	readonly subject: string;
	/** `there` was made by somebody else meanwhile. */
	readonly outcome: 'made' | 'there' | 'replaced' | 'failed';
	readonly tookMs: number;
	readonly reason?: string;
};

/**
 * Makes indexes one by one, and stops at the first that fails. What is there is never dropped, save `replace`.
 * @throws the signal's reason when stopped, having said what the server goes on doing; SastaError LEASE_LOST
 */
export async function createIndexes(
	{db, lease, indexes, replace}: CreateWork,
	host: CreateHost,
): Promise<CreateResult[]> {
	const results: CreateResult[] = [];
	for (const [at, {collection, name, index}] of indexes.entries()) {
		const subject = `${collection}.${name}`;
		const step = {type: 'step', name: subject, title: subject, index: at + 1, total: indexes.length} as const;
		const startedMs = host.monotonicMs();
		host.signal.throwIfAborted();
		await lease.assertHeld();
		await host.fault('database.index');
		host.emit({...step, state: 'start'});
		try {
			const outcome = await createOne({db, collection, index, replace}, host);
			const tookMs = host.monotonicMs() - startedMs;
			host.emit({...step, state: outcome === 'there' ? 'already' : 'done', durationMs: tookMs});
			results.push({subject, outcome, tookMs});
		} catch (error) {
			host.emit({...step, state: host.signal.aborted ? 'stopped' : 'failed', detail: errorMessage(error)});
			if (host.signal.aborted) {
				warnOfBuild(collection, name, host);
				throw host.signal.reason;
			}
			if (isSastaError(error, 'INDEX_LOST')) throw error;
			results.push({subject, outcome: 'failed', tookMs: host.monotonicMs() - startedMs, reason: errorMessage(error)});
			return results;
		}
	}
	return results;
}

type One = {
	readonly db: Db;
	readonly collection: string;
	readonly index: NeededIndex;
	readonly replace: string | undefined;
};

async function createOne(one: One, host: CreateHost): Promise<'made' | 'there' | 'replaced'> {
	const {db, collection, index, replace} = one;
	const found = await listIndexes(db, collection);
	const {present, conflicting} = compareIndexes([index], found);
	if (present.length > 0) return 'there';
	const [conflict] = conflicting;
	if (conflict === undefined) {
		await build(db, collection, index, host);
		return 'made';
	}
	if (conflict.found.name !== replace) {
		throw new SastaError('INDEX_CONFLICT', `${collection}.${conflict.found.name} has other options`, {
			hint: `See the ways out with sastaops db indexes plan ${collection}`,
		});
	}
	await replaceIndex({...one, found: conflict.found, all: found}, host);
	return 'replaced';
}

/**
 * Makes the new one beside the old, then drops the old: queries always have one. Where the server refuses two on the same
 * fields the old one goes first, and comes back when the new one cannot be made.
 * @throws SastaError INDEX_LOST when neither is there in the end
 */
async function replaceIndex(
	{db, collection, index, found, all}: One & {readonly found: FoundIndex; readonly all: readonly FoundIndex[]},
	host: CreateHost,
): Promise<void> {
	const drop = () => db.command({dropIndexes: collection, index: found.name});
	const name = freeName(describeIndex(index).name ?? found.name, all);
	try {
		await build(db, collection, {...index, name}, host);
	} catch (error) {
		// IndexOptionsConflict, IndexKeySpecsConflict.
		if (![85, 86].includes(Number(errorCode(error)))) throw error;
		await drop();
		await host.fault('database.index.dropped');
		await build(db, collection, index, host).catch((cause: unknown) => putBack({db, collection, found, cause}));
		return;
	}
	await drop();
}

async function putBack({
	db,
	collection,
	found,
	cause,
}: {
	readonly db: Db;
	readonly collection: string;
	readonly found: FoundIndex;
	readonly cause: unknown;
}): Promise<never> {
	try {
		await db.command({createIndexes: collection, indexes: [found]});
	} catch {
		const {key, ...options} = found;
		const old = {keys: key as NeededIndex['keys'], ...options};
		throw new SastaError('INDEX_LOST', `${collection} has neither the old index ${found.name} nor the new one`, {
			exitCode: EXIT.stopped,
			cause,
			details: [errorMessage(cause)],
			hint: `In mongosh: ${createIndexCommand(collection, old)}`,
		});
	}
	throw cause;
}

function freeName(wanted: string, all: readonly FoundIndex[]): string {
	const taken = new Set(all.map(({name}) => name));
	for (let number = 2; ; number++) {
		const name = number === 2 ? wanted : `${wanted}_${number - 1}`;
		if (!taken.has(name)) return name;
	}
}

const LOOK_AGAIN_MS = 1000;

/** Builds with progress, where the server tells any. */
async function build(db: Db, collection: string, index: NeededIndex, host: CreateHost): Promise<void> {
	const description = describeIndex(index);
	const over = new AbortController();
	const watching = watch({db, collection, name: description.name ?? ''}, over.signal, host);
	try {
		await db.command({createIndexes: collection, indexes: [description]}, {signal: host.signal});
	} finally {
		over.abort();
		await watching;
	}
}

/** Never rejects: progress is told where it can be, and holds nothing up. */
async function watch(
	{db, collection, name}: {readonly db: Db; readonly collection: string; readonly name: string},
	over: AbortSignal,
	host: CreateHost,
): Promise<void> {
	try {
		for (;;) {
			await host.sleep(LOOK_AGAIN_MS, over);
			const share = (await readBuilds(db, collection)).find((one) => one.name === name)?.share;
			if (share !== undefined) host.emit({type: 'progress', done: Math.round(share * 100), total: 100, unit: '%'});
		}
	} catch {
		// Over, or the server has no answer.
	}
}

/** Leaving does not stop a build: the server goes on, and only dropping the index ends it. */
function warnOfBuild(collection: string, name: string, host: CreateHost): void {
	const message = `the server may go on building ${collection}.${name}; to stop it, in mongosh: ${dropIndexCommand(collection, name)}`;
	host.emit({type: 'log', level: 'warn', message});
}
