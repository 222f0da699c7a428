import type {Collection, Db, Document} from 'mongodb';
import {errorCode, errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {cursorOf, type Query} from '../workload/workload.js';
import {readPlan} from './plan.js';

/** What becomes of a query that names an index which is not to be used any more. */
export type HintAnswer =
	| {
			readonly kind: 'failed' /** `BadValue` */;
			readonly name: string;
			readonly code: number | undefined;
			readonly message: string;
	  }
	/** The server answered all the same. */
	| {readonly kind: 'answered'};

export type Hiding =
	| {readonly kind: 'hidden'; readonly hint: HintAnswer}
	/** Not tried here, and why. */
	| {readonly kind: 'untried'; readonly reason: string};

type RemovalHost = Pick<Host, 'signal' | 'redact'>;

/**
 * Hides an index, looks whether the server does so, asks with a hint, and shows it again.
 * @param query one that goes by it; none where no query of the workload does
 */
export async function tryHiding(
	db: Db,
	{collection, index, query}: {readonly collection: string; readonly index: string; readonly query: Query | undefined},
	host: RemovalHost,
): Promise<Hiding> {
	host.signal.throwIfAborted();
	const hide = (hidden: boolean) => db.command({collMod: collection, index: {name: index, hidden}});
	try {
		await hide(true);
	} catch (error) {
		return {kind: 'untried', reason: `the server refused to hide it: ${host.redact(errorMessage(error))}`};
	}
	try {
		return (await isHidden(db, collection, index, query))
			? {kind: 'hidden', hint: await hintOf(db.collection(collection), index, query, host)}
			: {kind: 'untried', reason: 'the server took the command, and goes by the index all the same'};
	} finally {
		await hide(false);
	}
}

/** By the list, and by the plan of a query that went by it: a server may list what it does not do. */
async function isHidden(db: Db, collection: string, index: string, query: Query | undefined): Promise<boolean> {
	const listed = (await db.collection(collection).indexes()).find(({name}) => name === index);
	if (listed?.['hidden'] !== true) return false;
	if (query === undefined) return true;
	const plan = readPlan(await cursorOf(db, {...query, collection}).explain('queryPlanner'));
	return plan !== undefined && !plan.indexes.includes(index);
}

/** Asks with the name of the index as a hint. */
export async function hintOf(
	collection: Collection<Document>,
	index: string,
	query: Query | undefined,
	{signal, redact}: RemovalHost,
): Promise<HintAnswer> {
	signal.throwIfAborted();
	try {
		await collection.findOne(query?.filter ?? {}, {hint: index, maxTimeMS: 10_000});
		return {kind: 'answered'};
	} catch (error) {
		const code = errorCode(error);
		const {codeName} = error as {readonly codeName?: string};
		return {
			kind: 'failed',
			name: codeName ?? (error as Error).name,
			code: typeof code === 'number' ? code : undefined,
			message: redact(errorMessage(error)),
		};
	}
}
