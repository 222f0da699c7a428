import type {Host} from '../../kernel/host.js';
import type {ScenarioName} from './names.js';
import type {NotTried, Seen} from './seen.js';
import {type Ground, type Trial, type TrialSeen, withTrial} from './trial.js';

/** One way, in milliseconds: an answer comes twice as late. */
const SLOW_MS = 500;
const GONE_MS = 2000;

/** More connections than this are not opened only to see that they are all taken. */
const MOST_POOL = 300;

export type Scenario = (ground: Ground) => Promise<Seen | NotTried>;

/** What each fault does to one operation of a fresh client with the shop's options. */
export const RUNS: Readonly<Record<ScenarioName, Scenario>> = {
	slow: (ground) =>
		withTrial('slow', ground, async (trial) => {
			await warm(trial);
			await trial.proxy.set({kind: 'delay', ms: SLOW_MS});
			const attempt = await trial.attempt();
			await trial.proxy.set({kind: 'pass'});
			return {...attempt, recoveredMs: await trial.recover()};
		}),

	hang: (ground) =>
		withTrial('hang', ground, async (trial) => {
			await warm(trial);
			await trial.proxy.set({kind: 'hang'});
			const attempt = await trial.attempt();
			await trial.proxy.set({kind: 'pass'});
			return {...attempt, recoveredMs: await trial.recover()};
		}),

	stuck: (ground) =>
		withTrial('stuck', ground, async (trial) => {
			await warm(trial);
			const {attempt, recoveredMs} = await whileHolding(trial);
			return {...attempt, recoveredMs};
		}),

	mute: (ground) =>
		withTrial('mute', ground, async (trial) => {
			await trial.proxy.set({kind: 'hang'});
			return startUp(trial);
		}),

	refuse: (ground) =>
		withTrial('refuse', ground, async (trial) => {
			await trial.proxy.set({kind: 'refuse'});
			return startUp(trial);
		}),

	reset: (ground) =>
		withTrial('reset', ground, async (trial) => {
			await warm(trial);
			await trial.proxy.set({kind: 'next', act: 'cut-answer', connections: 1});
			const attempt = await trial.attempt();
			await trial.proxy.set({kind: 'pass'});
			return {...attempt, recoveredMs: await trial.recover()};
		}),

	'reset-write': (ground) =>
		withTrial('reset-write', ground, async (trial) => {
			await warm(trial);
			await trial.proxy.set({kind: 'next', act: 'cut-answer', connections: 1});
			return writeOnce(trial);
		}),

	gone: (ground) =>
		withTrial('gone', ground, async (trial) => {
			const {host} = ground;
			await warm(trial);
			await trial.proxy.set({kind: 'refuse'});
			const beganMs = host.monotonicMs();
			await host.sleep(50, host.signal);
			const attempting = trial.attempt();
			const ended = attempting.then(() => host.monotonicMs());
			const [attempt, returnedMs, endedMs] = await Promise.all([attempting, comeBack(trial, host), ended]);
			const recoveredMs = attempt.outcome.kind === 'ok' ? Math.max(0, endedMs - returnedMs) : await trial.recover();
			return {...attempt, recoveredMs, faultMs: returnedMs - beganMs};
		}),

	pool: exhaustPool,
	busy: overwork,

	election: (ground) =>
		withFailPoint('election', ground, {failCommands: ['find'], errorCode: 10107}, async (trial) => {
			const attempt = await trial.attempt();
			return {...attempt, recoveredMs: await trial.recover()};
		}),

	shutdown: (ground) =>
		withFailPoint(
			'shutdown',
			ground,
			{failCommands: ['insert'], errorCode: 11600, errorLabels: ['RetryableWriteError']},
			writeOnce,
		),
};

/** A connection in the pool and monitors at rest, as in a shop that has run for a while. */
async function warm({things, ground: {host, db}, read}: Trial): Promise<void> {
	await db.collection<{_id: string}>(things.collectionName).insertOne({_id: 'there'});
	await read();
	await read();
	await host.sleep(50, host.signal);
}

async function startUp(trial: Trial): Promise<TrialSeen> {
	const attempt = await trial.attempt();
	await trial.proxy.set({kind: 'pass'});
	const recoveredMs = await trial.recover();
	if (recoveredMs !== null) return {...attempt, recoveredMs};
	const {monotonicMs} = trial.ground.host;
	const beganMs = monotonicMs();
	const again = await trial.attempt(() => trial.client.connect());
	const isBack = again.outcome.kind === 'ok' && (await trial.recover()) !== null;
	return {...attempt, recoveredMs, reconnectedMs: isBack ? monotonicMs() - beganMs : null};
}

async function writeOnce(trial: Trial): Promise<TrialSeen> {
	const attempt = await trial.attempt((terms) => trial.things.insertOne({_id: 'once'}, terms));
	await trial.proxy.set({kind: 'pass'});
	const recoveredMs = await trial.recover();
	const stored = await trial.ground.db
		.collection<{_id: string}>(trial.things.collectionName)
		.countDocuments({_id: 'once'});
	return {...attempt, recoveredMs, stored};
}

/** A heartbeat may take the fault in the operation's place: then the operation ends at once, and it is tried again. */
async function whileHolding(trial: Trial) {
	for (let round = 1; ; round++) {
		await trial.proxy.set({kind: 'next', act: 'hold', connections: 1});
		// The next customer comes when the first is still waiting.
		const [attempt, recoveredMs] = await Promise.all([
			trial.attempt(),
			trial.ground.host.sleep(50, trial.ground.host.signal).then(trial.recover),
		]);
		if (attempt.outcome.kind !== 'ok' || attempt.tries > 1 || round === 3) return {attempt, recoveredMs};
		await trial.proxy.set({kind: 'pass'});
	}
}

async function comeBack({proxy}: Trial, host: Pick<Host, 'sleep' | 'signal' | 'monotonicMs'>): Promise<number> {
	await host.sleep(GONE_MS, host.signal);
	await proxy.set({kind: 'pass'});
	return host.monotonicMs();
}

async function exhaustPool(ground: Ground): Promise<Seen | NotTried> {
	const size = ground.settings.timeouts.maxPoolSize.value ?? 0;
	if (size === 0) return {scenario: 'pool', why: 'maxPoolSize 0 has no end that could be reached'};
	if (size > MOST_POOL) return {scenario: 'pool', why: `maxPoolSize ${size} is more than the ${MOST_POOL} I open`};
	let why: string | undefined;
	const seen = await withTrial(
		'pool',
		ground,
		async (trial) => {
			await warm(trial);
			if (!(await until(() => trial.watched.ready >= size, ground.patienceMs, ground.host)))
				why = `only ${trial.watched.ready} of ${size} connections were open in time`;
			await trial.proxy.set({kind: 'next', act: 'hold', connections: size});
			const holders = Array.from({length: size}, () => trial.read().catch(() => undefined));
			const isFull = await until(() => trial.proxy.counts().struck >= size, 2000, ground.host);
			if (!isFull) why ??= `only ${trial.proxy.counts().struck} of ${size} connections could be kept busy`;
			const attempt = await trial.attempt();
			await trial.proxy.set({kind: 'pass'});
			const recoveredMs = await trial.recover();
			await Promise.race([Promise.all(holders), ground.host.sleep(2000, ground.host.signal)]);
			return {...attempt, recoveredMs};
		},
		size,
	);
	return why === undefined ? seen : {scenario: 'pool', why};
}

/** For each millisecond of `maxTimeMS` so many documents are made out of one: more than any server makes in that time. */
const DOCUMENTS_PER_MS = 3000;
const MOST_DOCUMENTS = 6_000_000;
const BRANCHES = 1000;

async function overwork(ground: Ground): Promise<Seen | NotTried> {
	const maxTimeMS = ground.settings.timeouts.maxTimeMS.value;
	if (maxTimeMS === undefined || maxTimeMS === 0)
		return {scenario: 'busy', why: 'no maxTimeMS is given: --option maxTimeMS=5000'};
	const documents = Math.min(maxTimeMS * DOCUMENTS_PER_MS, MOST_DOCUMENTS);
	const spread = (count: number) => [{$project: {n: {$range: [0, count]}}}, {$unwind: '$n'}];
	const pipeline = [...spread(BRANCHES), ...spread(documents / BRANCHES), {$group: {_id: null, sum: {$sum: '$n'}}}];
	const seen = await withTrial('busy', ground, async (trial) => {
		await warm(trial);
		const attempt = await trial.attempt((terms) => trial.things.aggregate(pipeline, terms).toArray());
		return {...attempt, recoveredMs: await trial.recover()};
	});
	return seen.outcome.kind === 'ok'
		? {scenario: 'busy', why: `the server had ended its work before maxTimeMS ${maxTimeMS}`}
		: seen;
}

async function withFailPoint(
	scenario: ScenarioName,
	ground: Ground,
	data: {readonly failCommands: string[]; readonly errorCode: number; readonly errorLabels?: string[]},
	work: (trial: Trial) => Promise<TrialSeen>,
): Promise<Seen | NotTried> {
	if (!ground.hasTestCommands) return {scenario, why: 'the server has no test commands'};
	const admin = ground.db.client.db('admin');
	return withTrial(scenario, ground, async (trial) => {
		await warm(trial);
		await admin.command({configureFailPoint: 'failCommand', mode: {times: 1}, data: {...data, appName: trial.appName}});
		const seen = await work(trial);
		// One that was met has gone by itself, and another's is left alone.
		if (seen.tries < 2) await admin.command({configureFailPoint: 'failCommand', mode: 'off'});
		return seen;
	});
}

async function until(
	holds: () => boolean,
	ms: number,
	{monotonicMs, sleep, signal}: Pick<Host, 'monotonicMs' | 'sleep' | 'signal'>,
): Promise<boolean> {
	const deadlineMs = monotonicMs() + ms;
	while (!holds()) {
		if (monotonicMs() > deadlineMs) return false;
		await sleep(10, signal);
	}
	return true;
}
