import {type Collection, type Db, MongoClient} from 'mongodb';
import type {Host} from '../../kernel/host.js';
import {openTcpProxy, type TcpAddress, type TcpProxy} from '../../ports/tcp-proxy.js';
import type {ScenarioName} from './names.js';
import {describeError, type Outcome, type Seen} from './seen.js';
import {proxiedUri, type Settings} from './settings.js';
import {type Watched, watchClient} from './watch.js';

export type TrialHost = Pick<Host, 'signal' | 'monotonicMs' | 'sleep' | 'redact' | 'randomHex'>;

/** What all scenarios of one run share. */
export type Ground = {
	/** The shop's address. */
	readonly uri: string;
	readonly settings: Settings;
	/** The server itself, behind every proxy. */
	readonly target: TcpAddress;
	/** The name the server's certificate is made out to; undefined for a bare address. */
	readonly servername: string | undefined;
	/** The database of the run's own, on a connection that no fault touches. */
	readonly db: Db;
	readonly patienceMs: number;
	/** The server takes `configureFailPoint`. */
	readonly hasTestCommands: boolean;
	/** Tells the same of every collection, so that scenarios do not meet. */
	readonly host: TrialHost;
};

export type Thing = {readonly _id: string; readonly text?: string};

/** One scenario's own proxy and client. */
export type Trial = {
	readonly ground: Ground;
	readonly proxy: TcpProxy;
	readonly client: MongoClient;
	/** The client's application name: faults of the server are for it alone. */
	readonly appName: string;
	readonly things: Collection<Thing>;
	readonly watched: Watched;
	read(): Promise<unknown>;
	/** Starts it (a read without it) and waits until it has ended, or the patience has. */
	attempt(operation?: (terms: Terms) => Promise<unknown>): Promise<Attempt>;
	/** Tries to read until it works: milliseconds, or null when the patience ended first or the client has given up. */
	recover(): Promise<number | null>;
};

/** The shop's limit for one operation, and the comment by which its tries are counted. */
export type Terms = {readonly maxTimeMS?: number; readonly comment: string};

export type Attempt = Pick<Seen, 'outcome' | 'afterMs' | 'tries'>;

/** A limit of the driver that is as long as the patience shall still be seen to act. */
const SLACK_MS = 500;
const SETTLE_MS = 1000;
const CLOSE_MS = 2000;

/** What a client says to everything from then on whose first connection had failed. */
const GIVEN_UP = 'MongoTopologyClosedError';

export type TrialSeen = Omit<Seen, 'scenario' | 'connections'> & {readonly mostOpen?: number};

/**
 * Runs one scenario with a client and a proxy of its own, closes both, and tells what was left open.
 * @param minPoolSize connections that are made before they are asked for
 */
export async function withTrial(
	scenario: ScenarioName,
	ground: Ground,
	work: (trial: Trial) => Promise<TrialSeen>,
	minPoolSize?: number,
): Promise<Seen> {
	const {host, settings} = ground;
	const proxy = await openTcpProxy(ground.target, host);
	const appName = `sastaops-${scenario}-${host.randomHex(4)}`;
	const client = new MongoClient(proxiedUri(ground.uri, settings, proxy.port), {
		appName,
		monitorCommands: true,
		...(ground.servername === undefined ? {} : {servername: ground.servername}),
		...(minPoolSize === undefined ? {} : {minPoolSize}),
	});
	const watched = watchClient(client);
	try {
		const seen = await work(makeTrial(scenario, ground, {proxy, client, appName, watched}));
		await proxy.set({kind: 'pass'});
		const connections = await settle(watched, host);
		await closeClient(client, host);
		const leftOpen = await openAfterClose(proxy, host);
		return {
			scenario,
			...seen,
			connections: {...connections, leftOpen},
			...(watched.heartbeatMs === undefined ? {} : {heartbeatMs: watched.heartbeatMs}),
		};
	} finally {
		await proxy.set({kind: 'pass'});
		await closeClient(client, host);
		await proxy.close();
	}
}

function makeTrial(
	scenario: ScenarioName,
	ground: Ground,
	own: Pick<Trial, 'proxy' | 'client' | 'appName' | 'watched'>,
): Trial {
	const {host, patienceMs, settings} = ground;
	const things = own.client.db(ground.db.databaseName).collection<Thing>(`things_${scenario.replace('-', '_')}`);
	const maxTimeMS = settings.timeouts.maxTimeMS.value;
	const limit = maxTimeMS === undefined ? {} : {maxTimeMS};
	let attempts = 0;
	const read = () => things.findOne({_id: 'there'}, limit);
	return {
		...own,
		ground,
		things,
		read,
		async attempt(operation = (terms) => things.findOne({_id: 'there'}, terms)) {
			const comment = `attempt-${++attempts}`;
			const beganMs = host.monotonicMs();
			const outcome = await bounded(operation({...limit, comment}), patienceMs + SLACK_MS, host);
			const tries = own.watched.tries.get(comment) ?? 0;
			return {outcome, afterMs: host.monotonicMs() - beganMs, tries};
		},
		async recover() {
			const beganMs = host.monotonicMs();
			const left = () => patienceMs - (host.monotonicMs() - beganMs);
			while (left() > 0) {
				const outcome = await bounded(read(), left(), host);
				if (outcome.kind === 'ok') return host.monotonicMs() - beganMs;
				if (outcome.kind === 'error' && outcome.error.name === GIVEN_UP) return null;
				await host.sleep(20, host.signal);
			}
			return null;
		},
	};
}

/** @throws the signal's reason */
async function bounded(operation: Promise<unknown>, ms: number, host: TrialHost): Promise<Outcome> {
	const done = new AbortController();
	const ended = operation.then(
		(): Outcome => ({kind: 'ok'}),
		(error: unknown): Outcome => ({kind: 'error', error: describeError(error, host.redact)}),
	);
	const late = host
		.sleep(ms, AbortSignal.any([host.signal, done.signal]))
		.then((): Outcome => ({kind: 'waiting'}))
		.catch((error: unknown): Outcome => {
			if (!done.signal.aborted) throw host.signal.aborted ? host.signal.reason : error;
			return {kind: 'waiting'};
		});
	try {
		return await Promise.race([ended, late]);
	} finally {
		done.abort();
	}
}

/**
 * A client says good-bye to its server, and waits for it as long as for any answer: the fault has to end before, and a
 * server that is really gone is not waited for.
 */
async function closeClient(client: MongoClient, host: Pick<Host, 'sleep'>): Promise<void> {
	const closed = new AbortController();
	const late = host.sleep(CLOSE_MS, closed.signal).catch(() => undefined);
	await Promise.race([client.close(), late]);
	closed.abort();
}

/** Operations that were given up end once the fault has; only then does a connection that is missing mean something. */
async function settle({connections}: Watched, host: TrialHost) {
	const deadlineMs = host.monotonicMs() + SETTLE_MS;
	while (connections().notReturned > 0 && host.monotonicMs() < deadlineMs) await host.sleep(10, host.signal);
	return connections();
}

async function openAfterClose(proxy: TcpProxy, host: TrialHost): Promise<number> {
	const deadlineMs = host.monotonicMs() + SETTLE_MS;
	while (proxy.counts().open > 0 && host.monotonicMs() < deadlineMs) await host.sleep(10, host.signal);
	return proxy.counts().open;
}
