import {setMaxListeners} from 'node:events';
import type {Db} from 'mongodb';
import type {DatabaseConfig} from '../kernel/config/schema.js';
import {errorMessage, SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {Verdict} from '../kernel/report.js';
import type {Mongo} from '../ports/mongo.js';
import type {DatabaseFinding} from './finding.js';
import {unavailable} from './finding.js';
import {type Grants, readGrants} from './grants.js';
import {type Identity, readIdentity} from './privileges.js';
import {askIfAllowed, whyUnavailable} from './refused.js';

export type CheckHost = Pick<
	Host,
	| 'cwd'
	| 'env'
	| 'platform'
	| 'hostname'
	| 'pid'
	| 'now'
	| 'monotonicMs'
	| 'sleep'
	| 'randomHex'
	| 'signal'
	| 'redact'
	| 'emit'
	| 'fault'
>;

/** A collection as the server lists it; views are left out. */
export type ListedCollection = {
	readonly name: string;
	/** With validator, validationLevel and validationAction; undefined where only names are told. */
	readonly options: Readonly<Record<string, unknown>> | undefined;
};

type Answered<T> = {readonly value: T} | {readonly unavailable: string};

/** What every check works on. What several want is asked once. */
export type CheckContext = {
	readonly mongo: Mongo;
	readonly db: Db;
	readonly uri: string;
	readonly config: DatabaseConfig;
	readonly host: CheckHost;
	identity(): Promise<Identity>;
	grants(): Promise<Grants>;
	collections(): Promise<Answered<readonly ListedCollection[]>>;
};

export type DatabaseCheck = {
	/** Stable: scripts match it. */
	readonly id: string;
	/** What holds when it passes. */
	readonly title: string;
	/** It makes something and removes it: it ends by itself, also when it is stopped, and is waited for. */
	readonly cleansUp?: boolean;
	run(context: CheckContext): Promise<readonly DatabaseFinding[]>;
};

/** A check of two halves: what is asked, and what that means. Only the first touches the server. */
export function makeCheck<Facts>({
	id,
	title,
	cleansUp = false,
	gather,
	judge,
}: {
	readonly id: string;
	readonly title: string;
	readonly cleansUp?: boolean;
	readonly gather: (context: CheckContext) => Promise<Facts>;
	readonly judge: (facts: Facts) => readonly DatabaseFinding[];
}): DatabaseCheck {
	return {id, title, cleansUp, run: async (context) => judge(await gather(context))};
}

export function makeContext(given: Pick<CheckContext, 'mongo' | 'uri' | 'config' | 'host'>): CheckContext {
	const db = given.mongo.db(given.config.name);
	const identity = once(() => readIdentity(db));
	return {
		...given,
		db,
		identity,
		grants: once(async () => readGrants(db, await identity())),
		collections: once(() => listCollections(db)),
	};
}

/** A user may be allowed to see the names of its own collections, and nothing about them. */
async function listCollections(db: Db): Promise<Answered<readonly ListedCollection[]>> {
	const full = await askIfAllowed(() => db.listCollections({}, {nameOnly: false}).toArray());
	if ('value' in full) {
		const tables = full.value.filter(({type}) => type !== 'view');
		return {
			value: tables.map(({name, ...rest}) => ({
				name,
				options: (rest as {options?: Record<string, unknown>}).options ?? {},
			})),
		};
	}
	const names = await askIfAllowed(() =>
		db.listCollections({}, {nameOnly: true, authorizedCollections: true}).toArray(),
	);
	if ('unavailable' in names) return names;
	return {value: names.value.filter(({type}) => type !== 'view').map(({name}) => ({name, options: undefined}))};
}

function once<T>(read: () => Promise<T>): () => Promise<T> {
	let reading: Promise<T> | undefined;
	return () => {
		reading ??= read();
		return reading;
	};
}

export type CheckResult = {
	readonly id: string;
	readonly title: string;
	readonly verdict: Verdict;
	readonly findings: readonly DatabaseFinding[];
};

/** The longest the checks may take, which run side by side. */
const CHECK_TIMEOUT_MS = 30_000;

/** Runs all checks at once. What cannot be asked is inconclusive, and holds up no other. @throws the signal's reason */
export async function runChecks(
	checks: readonly DatabaseCheck[],
	context: CheckContext,
	timeoutMs = CHECK_TIMEOUT_MS,
): Promise<CheckResult[]> {
	const {signal} = context.host;
	signal.throwIfAborted();
	const over = new AbortController();
	// Each check listens to it.
	setMaxListeners(0, over.signal);
	const stop = () => over.abort(signal.reason);
	signal.addEventListener('abort', stop, {once: true});
	const late = timeLimit(context.host, timeoutMs, over.signal);
	// It also rejects when all is over in time, and nobody waits any more.
	late.catch(() => undefined);
	try {
		return await Promise.all(
			checks.map(async (check) => {
				const findings = await findingsOf(check, context, late);
				return {id: check.id, title: check.title, verdict: worstOf(findings), findings};
			}),
		);
	} finally {
		signal.removeEventListener('abort', stop);
		over.abort();
	}
}

async function findingsOf(
	check: DatabaseCheck,
	context: CheckContext,
	late: Promise<never>,
): Promise<readonly DatabaseFinding[]> {
	const {host} = context;
	try {
		const running = check.run(context);
		return await (check.cleansUp === true ? running : Promise.race([running, late]));
	} catch (error) {
		host.signal.throwIfAborted();
		const why = whyUnavailable(error);
		if (why !== undefined) return [unavailable(why)];
		return [{verdict: 'inconclusive', reason: `it could not be asked: ${host.redact(errorMessage(error))}`}];
	}
}

/** Rejects when the time is over, or when the signal says that nobody waits any more. */
async function timeLimit(host: CheckHost, timeoutMs: number, signal: AbortSignal): Promise<never> {
	await host.sleep(timeoutMs, signal);
	throw new SastaError('DATABASE_SLOW', `the database has not answered for ${timeoutMs / 1000} s`);
}

/** What a check with several findings says of itself; nothing said is nothing known. */
function worstOf(findings: readonly DatabaseFinding[]): Verdict {
	const order: readonly Verdict[] = ['fail', 'inconclusive', 'warn', 'pass', 'skip'];
	return order.find((verdict) => findings.some((finding) => finding.verdict === verdict)) ?? 'inconclusive';
}
