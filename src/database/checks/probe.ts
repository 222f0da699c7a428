import type {Db, Document} from 'mongodb';
import {errorCode, errorMessage} from '../../kernel/errors.js';
import {type CheckContext, makeCheck} from '../check.js';
import {type DatabaseFinding, unavailable} from '../finding.js';
import {type Grants, isAllowed} from '../grants.js';
import {inMongosh} from '../mongosh.js';
import {askIfAllowed, isUnauthorized} from '../refused.js';

export const PROBE_PREFIX = 'sastaops_probe_';

/** Younger than this, another probe may be at work on it. */
const AT_WORK_MS = 60_000;

type ProbeStep = 'write' | 'read' | 'update' | 'create an index' | 'remove';

export type ProbeFacts = {
	/** Why it was not tried. */
	readonly barred?: string;
	readonly done: readonly ProbeStep[];
	readonly failed?: {readonly step: ProbeStep; readonly reason: string; readonly isRefusal: boolean};
	/** Its collection, when it could not be removed. */
	readonly left?: {readonly name: string; readonly reason: string};
	/** Collections that earlier probes have left. */
	readonly leftovers: readonly string[];
};

export const probeCheck = makeCheck<ProbeFacts>({
	id: 'probe',
	title: 'Reading, writing and making an index were tried, and work',
	cleansUp: true,
	async gather(context) {
		const leftovers = await findLeftovers(context);
		const identity = await context.identity();
		const barred = identity.user === undefined ? undefined : whyBarred(await context.grants(), context.config.name);
		return barred === undefined ? {...(await probe(context)), leftovers} : {barred, done: [], leftovers};
	},
	judge: judgeProbe,
});

/** What is known beforehand is not tried: a collection that may be made and not removed would stay. */
export function whyBarred(grants: Grants, db: string): string | undefined {
	const collection = `${PROBE_PREFIX}0`;
	const may = (action: string) => isAllowed(grants, action, {db, collection});
	if (may('insert') === 'no') return 'this user may write in the shop’s own collections at most: nothing was tried';
	return may('dropCollection') === 'no' ? 'this user could not remove what it makes: nothing was tried' : undefined;
}

/** Does everything once in a collection of a random name, and removes it, also when it is stopped half-way. */
async function probe({db, host}: CheckContext): Promise<Omit<ProbeFacts, 'leftovers'>> {
	const name = probeName(host.now(), host.randomHex(6));
	const tried = await tryAll(db, name, host);
	const reason = await removeProbe(db, name);
	if (host.signal.aborted) {
		if (reason !== undefined) {
			const message = `a collection of the probe is left (${reason}); in mongosh: ${inMongosh(name)}.drop()`;
			host.emit({type: 'log', level: 'warn', message});
		}
		throw host.signal.reason;
	}
	return {...tried, ...(reason === undefined ? {} : {left: {name, reason}})};
}

/** Stops at the first step that fails. */
async function tryAll(db: Db, name: string, host: CheckContext['host']): Promise<Pick<ProbeFacts, 'done' | 'failed'>> {
	const done: ProbeStep[] = [];
	for (const {step, command, isDone} of STEPS) {
		if (host.signal.aborted) return {done};
		try {
			const reply = await ask(db, command(name));
			if (!isDone(reply))
				return {done, failed: {step, reason: 'the server says yes and did not do it', isRefusal: false}};
			done.push(step);
			await host.fault('database.probe');
		} catch (error) {
			return {done, failed: {step, reason: errorMessage(error), isRefusal: isUnauthorized(error)}};
		}
	}
	return {done};
}

const STEPS: readonly {
	readonly step: ProbeStep;
	readonly command: (name: string) => Document;
	readonly isDone: (reply: Document) => boolean;
}[] = [
	{
		step: 'write',
		command: (name) => ({insert: name, documents: [{probe: 1}], writeConcern: {w: 'majority', wtimeout: ANSWER_MS}}),
		isDone: ({n, writeErrors}) => n === 1 && writeErrors === undefined,
	},
	{
		step: 'read',
		command: (name) => ({find: name, filter: {probe: 1}}),
		isDone: ({cursor}) => (cursor as {firstBatch?: unknown[]} | undefined)?.firstBatch?.length === 1,
	},
	{
		step: 'update',
		command: (name) => ({update: name, updates: [{q: {probe: 1}, u: {$set: {probe: 2}}}]}),
		isDone: ({n, writeErrors}) => n === 1 && writeErrors === undefined,
	},
	{
		step: 'create an index',
		command: (name) => ({createIndexes: name, indexes: [{key: {probe: 1}, name: 'probe_1'}]}),
		isDone: ({ok}) => ok === 1,
	},
	{
		step: 'remove',
		command: (name) => ({delete: name, deletes: [{q: {probe: 2}, limit: 1}]}),
		isDone: ({n, writeErrors}) => n === 1 && writeErrors === undefined,
	},
];

/** Why the collection is still there; undefined when it is gone, or never was. */
async function removeProbe(db: Db, name: string): Promise<string | undefined> {
	try {
		await ask(db, {drop: name});
		return undefined;
	} catch (error) {
		const NAMESPACE_NOT_FOUND = 26;
		return errorCode(error) === NAMESPACE_NOT_FOUND ? undefined : errorMessage(error);
	}
}

/** A command that is answered within `ANSWER_MS`, or fails. */
function ask(db: Db, command: Document): Promise<Document> {
	return db.command(command, {signal: AbortSignal.timeout(ANSWER_MS)});
}

const ANSWER_MS = 10_000;

async function findLeftovers(context: CheckContext): Promise<string[]> {
	const {db, host} = context;
	const listed = await askIfAllowed(() =>
		db.listCollections({name: {$regex: `^${PROBE_PREFIX}`}}, {nameOnly: true, authorizedCollections: true}).toArray(),
	);
	const names = 'value' in listed ? listed.value.map(({name}) => name) : [];
	return names.filter((name) => host.now() - madeMs(name) > AT_WORK_MS);
}

/** Its name tells when it was made: an empty collection has nothing else that would. */
export function probeName(nowMs: number, random: string): string {
	return `${PROBE_PREFIX}${Math.floor(nowMs / 1000).toString(16)}_${random}`;
}

function madeMs(name: string): number {
	const seconds = /^[0-9a-f]{8}(?=_)/.exec(name.slice(PROBE_PREFIX.length))?.[0];
	return seconds === undefined ? 0 : Number.parseInt(seconds, 16) * 1000;
}

export function judgeProbe({barred, done, failed, left, leftovers}: ProbeFacts): readonly DatabaseFinding[] {
	return [
		...(barred === undefined ? [judgeTried(done, failed)] : [unavailable(barred)]),
		...(left === undefined
			? []
			: [
					{
						verdict: 'fail' as const,
						subject: 'removal',
						reason: `its collection ${left.name} could not be removed: ${left.reason}`,
						mend: [`${inMongosh(left.name)}.drop()`],
					},
				]),
		...leftovers.map((name) => ({
			verdict: 'warn' as const,
			subject: 'leftovers',
			reason: `an earlier probe was cut off and has left ${name}`,
			mend: [`${inMongosh(name)}.drop()`],
		})),
	];
}

function judgeTried(done: ProbeFacts['done'], failed: ProbeFacts['failed']): DatabaseFinding {
	if (failed === undefined)
		return {verdict: 'pass', reason: 'write, read, update, index and remove were tried: all work; nothing is left'};
	const before = done.length === 0 ? [] : [`before it: ${done.join(', ')}`];
	const reason = `to ${failed.step} ${failed.isRefusal ? 'is refused' : 'fails'}: ${failed.reason}`;
	const mend = failed.isRefusal ? {mend: ['sastaops db check --print-role']} : {};
	return {verdict: failed.isRefusal ? 'fail' : 'inconclusive', reason, evidence: before, ...mend};
}
