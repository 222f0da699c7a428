import {hostsOf, isLocal} from '../../database/address.js';
import {errorCode, SastaError} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import {type Mongo, openMongo} from '../../ports/mongo.js';
import type {TcpAddress} from '../../ports/tcp-proxy.js';
import {makePlace} from '../place.js';
import {SCENARIOS, type ScenarioName} from './names.js';
import {RUNS} from './scenarios.js';
import type {NotTried, Seen} from './seen.js';
import {readSettings, type Settings} from './settings.js';
import type {Ground, TrialHost} from './trial.js';

export type TimeoutsChoice = {
	readonly uri: string;
	/** `name=value`, each over what the address says. */
	readonly options: readonly string[];
	readonly only: readonly ScenarioName[];
	readonly patienceMs: number;
	/** Says that the server may be one that serves customers. */
	readonly knows: boolean;
};

export type TimeoutsFacts = {
	readonly settings: Settings;
	/** In the order in which they are told. */
	readonly seen: readonly (Seen | NotTried)[];
	/** `MongoDB 8.0.4`. */
	readonly server: string;
	/** `7.9.0`. */
	readonly driver: string;
	/** Of the set that the server belongs to, whose discovery was left out. */
	readonly replicaSet: string | undefined;
	readonly database: string;
	readonly isClean: boolean;
};

export type TimeoutsHost = TrialHost & Pick<Host, 'emit' | 'hostname' | 'pid' | 'now'>;

/** Scenarios that only wait may wait together; each has its own proxy and client. */
const AT_ONCE = 4;

/** Server-wide, and one at a time: a server has one `failCommand`. */
const ALONE: readonly ScenarioName[] = ['election', 'shutdown', 'busy'];

/**
 * Tries each fault on a client of its own, in a database of its own that is gone afterwards.
 * @throws SastaError USAGE, DATABASE_URI, LOAD_NOT_LOCAL, DATABASE_UNREACHABLE, DATABASE_AUTH; INTERRUPTED
 */
export async function tryTimeouts(choice: TimeoutsChoice, host: TimeoutsHost): Promise<TimeoutsFacts> {
	const settings = readSettings(choice.uri, choice.options, host.redact);
	assertLocal(choice);
	const mongo = await openMongo(choice.uri, host, {appName: 'sastaops db-load', monitorCommands: true});
	try {
		const {target, ...server} = await readServer(mongo);
		const place = await makePlace(mongo, undefined, host);
		const ground: Ground = {
			uri: choice.uri,
			settings,
			target,
			servername: servernameOf(target),
			db: place.db,
			patienceMs: choice.patienceMs,
			hasTestCommands: await takesFailPoints(mongo),
			host,
		};
		let isClean = false;
		let seen: readonly (Seen | NotTried)[];
		try {
			seen = await runAll(choice.only, ground, host);
		} finally {
			isClean = await place.remove();
		}
		return {settings, seen, ...server, database: place.name, isClean};
	} finally {
		await mongo.close();
	}
}

function assertLocal({uri, knows}: TimeoutsChoice): void {
	const hosts = hostsOf(uri);
	if (knows || hosts.every(isLocal)) return;
	throw new SastaError('LOAD_NOT_LOCAL', `${hosts.join(', ')} is not this machine, and may serve customers`, {
		hint: 'Try a server of your own with --uri; where this may be tried (faults harm only connections of ours), add --i-know',
	});
}

/** Where the driver itself sends what it writes: an address of many names, or of SRV, leads to one server. */
async function readServer(
	mongo: Mongo,
): Promise<{target: TcpAddress} & Pick<TimeoutsFacts, 'server' | 'driver' | 'replicaSet'>> {
	const addresses: string[] = [];
	const keep = ({address}: {readonly address: string}) => void addresses.push(address);
	const admin = mongo.db('admin');
	mongo.client.on('commandStarted', keep);
	const [{version}, hello] = await Promise.all([admin.command({buildInfo: 1}), admin.command({hello: 1})]);
	mongo.client.off('commandStarted', keep);
	const setName: unknown = hello['setName'];
	return {
		target: parseAddress(addresses[0] ?? ''),
		server: `MongoDB ${version}`,
		driver: await driverVersion(mongo),
		replicaSet: typeof setName === 'string' ? setName : undefined,
	};
}

/** What it tells servers of itself, and nobody else by its types. */
async function driverVersion({client}: Mongo): Promise<string> {
	const {metadata} = client.options as unknown as {metadata?: Promise<{driver?: {version?: string}}>};
	return (await metadata)?.driver?.version ?? 'unknown';
}

function parseAddress(address: string): TcpAddress {
	const [, host = '', port] = /^(.*):(\d+)$/.exec(address) ?? [];
	if (port === undefined) return {path: address};
	return {host: host.replace(/^\[(.*)\]$/, '$1'), port: Number(port)};
}

/** Names only: a certificate for a bare address is found by it, and through the proxy it could not be. */
function servernameOf(target: TcpAddress): string | undefined {
	return 'path' in target || /^[\d.]+$|:/.test(target.host) ? undefined : target.host;
}

/** Asked without touching a fail point, which may be somebody's. Who may not ask may not set one either. */
async function takesFailPoints(mongo: Mongo): Promise<boolean> {
	try {
		const {enableTestCommands} = await mongo.db('admin').command({getParameter: 1, enableTestCommands: 1});
		return enableTestCommands === true || enableTestCommands === 1;
	} catch (error) {
		// Unknown, not allowed, or not on this tier of Atlas: the server has said no. Else it has said nothing.
		if (errorCode(error) === undefined) throw error;
		return false;
	}
}

/**
 * Options may be such that not even a healthy server can be used; one that is gone ends the run.
 * @throws what it was given, for all that is not the driver's; the driver's error when the server does not answer
 */
async function whyNotTried(scenario: ScenarioName, error: unknown, {db, host}: Ground): Promise<NotTried> {
	host.signal.throwIfAborted();
	if (!(error instanceof Error) || !error.name.startsWith('Mongo')) throw error;
	await db.command({ping: 1});
	return {scenario, why: `without any fault, an operation fails with ${error.name}: ${host.redact(error.message)}`};
}

async function runAll(
	only: readonly ScenarioName[],
	ground: Ground,
	host: TimeoutsHost,
): Promise<readonly (Seen | NotTried)[]> {
	const stop = new AbortController();
	const signal = AbortSignal.any([host.signal, stop.signal]);
	const bound: Ground = {...ground, host: {...ground.host, signal}};
	const found = new Map<ScenarioName, Seen | NotTried>();
	const runOne = async (name: ScenarioName) => {
		const step = {
			type: 'step',
			name,
			title: SCENARIOS[name],
			index: only.indexOf(name) + 1,
			total: only.length,
		} as const;
		host.emit({...step, state: 'start'});
		const beganMs = host.monotonicMs();
		const seen = await RUNS[name](bound).catch((error: unknown) => whyNotTried(name, error, bound));
		found.set(name, seen);
		const durationMs = host.monotonicMs() - beganMs;
		host.emit({...step, state: 'done', durationMs, ...('why' in seen ? {detail: `not tried: ${seen.why}`} : {})});
	};
	const waiting = only.filter((name) => !ALONE.includes(name));
	const lane = async () => {
		for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) await runOne(name);
	};
	const lanes = Array.from({length: AT_ONCE}, lane);
	try {
		await Promise.all(lanes);
		for (const name of only.filter((one) => ALONE.includes(one))) await runOne(name);
	} catch (error) {
		// The others end before their database goes.
		stop.abort(error);
		waiting.length = 0;
		await Promise.allSettled(lanes);
		throw host.signal.aborted ? host.signal.reason : error;
	}
	return only.flatMap((name) => found.get(name) ?? []);
}
