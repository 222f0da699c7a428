import type {Document} from 'mongodb';
import {type CheckContext, makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {askIfAllowed} from '../refused.js';

/** An operation without any value of the query: those are customers'. */
export type SlowOperation = {
	readonly op: string;
	readonly namespace: string;
	readonly ms: number;
	/** `COLLSCAN`, `IXSCAN { userId: 1 }`; undefined where it is not told. */
	readonly plan: string | undefined;
};

export type SlowFacts = {
	/** Running for over a second now; undefined where it is not told. */
	readonly running: readonly SlowOperation[] | undefined;
	/** Only the user's own were told. */
	readonly isOwnOnly: boolean;
	/** What a profiler that is on has written down today; undefined where there is none. */
	readonly profiled: readonly SlowOperation[] | undefined;
};

const SLOW_MS = 1000;
const DAY_MS = 86_400_000;
const SHOWN = 5;

/** The profiler is never switched on: it slows the server and writes down what customers type. */
export const slowCheck = makeCheck<SlowFacts>({
	id: 'slow',
	title: 'No operation takes longer than a second',
	async gather(context) {
		const [running, profiled] = await Promise.all([readRunning(context), readProfile(context)]);
		return {...running, profiled};
	},
	judge: judgeSlow,
});

async function readRunning({mongo, config}: CheckContext): Promise<Pick<SlowFacts, 'running' | 'isOwnOnly'>> {
	const ask = (allUsers: boolean) =>
		askIfAllowed(() =>
			mongo
				.db('admin')
				.aggregate<Document>([{$currentOp: {allUsers}}, {$match: {active: true, secs_running: {$gte: 1}}}])
				.toArray(),
		);
	const all = await ask(true);
	const answer = 'value' in all ? all : await ask(false);
	if ('unavailable' in answer) return {running: undefined, isOwnOnly: false};
	const running = answer.value
		.filter(({ns}) => typeof ns === 'string' && ns.startsWith(`${config.name}.`))
		.map((entry) => operation(entry, Number(entry['secs_running']) * 1000));
	return {running, isOwnOnly: !('value' in all)};
}

async function readProfile({db, host, ...context}: CheckContext): Promise<SlowFacts['profiled']> {
	const collections = await context.collections();
	if (!('value' in collections) || !collections.value.some(({name}) => name === 'system.profile')) return undefined;
	const answer = await askIfAllowed(() =>
		db
			.collection('system.profile')
			.find(
				{ts: {$gte: new Date(host.now() - DAY_MS)}, millis: {$gte: SLOW_MS}},
				{projection: {op: 1, ns: 1, millis: 1, planSummary: 1}, maxTimeMS: 5000},
			)
			.sort({millis: -1})
			.limit(SHOWN)
			.toArray(),
	);
	return 'value' in answer ? answer.value.map((entry) => operation(entry, Number(entry['millis']))) : undefined;
}

function operation({op, ns, planSummary}: Document, ms: number): SlowOperation {
	return {
		op: String(op),
		namespace: String(ns),
		ms,
		plan: typeof planSummary === 'string' ? planSummary : undefined,
	};
}

export function judgeSlow({running, isOwnOnly, profiled}: SlowFacts): readonly DatabaseFinding[] {
	return [judgeRunning(running, isOwnOnly), judgeProfiled(profiled)];
}

function judgeRunning(running: SlowFacts['running'], isOwnOnly: boolean): DatabaseFinding {
	const subject = 'now';
	if (running === undefined)
		return {verdict: 'skip', isUnavailable: true, subject, reason: 'what runs now is not told to this user'};
	const note = isOwnOnly ? ['only of this user: others are told to a clusterMonitor'] : [];
	if (running.length === 0)
		return {verdict: 'pass', subject, reason: 'nothing runs for over a second now', evidence: note};
	return {
		verdict: 'warn',
		subject,
		reason: `${running.length} operations run for over a second now`,
		evidence: [...wordsOf(running), ...note],
	};
}

function judgeProfiled(profiled: SlowFacts['profiled']): DatabaseFinding {
	const subject = 'today';
	if (profiled === undefined)
		return {
			verdict: 'skip',
			isUnavailable: true,
			subject,
			reason: 'slow operations are not written down: the profiler is off',
		};
	if (profiled.length === 0) return {verdict: 'pass', subject, reason: 'the profiler has none over a second today'};
	return {
		verdict: 'warn',
		subject,
		reason: 'operations took over a second today',
		evidence: wordsOf(profiled),
		mend: ['Add an index for each to database.indexes, then', 'sastaops db indexes create'],
	};
}

function wordsOf(operations: readonly SlowOperation[]): string[] {
	return [...operations]
		.sort((a, b) => b.ms - a.ms)
		.slice(0, SHOWN)
		.map(
			({op, namespace, ms, plan}) =>
				`${op} ${namespace} ${(ms / 1000).toFixed(1)} s${plan === undefined ? '' : `, ${plan}`}`,
		);
}
