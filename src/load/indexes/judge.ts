import {inMongosh} from '../../database/mongosh.js';
import type {Verdict} from '../../kernel/report.js';
import type {MedianRange} from '../../stats/median-range.js';
import {countWords} from '../words.js';
import type {BuildEffect} from './build.js';
import {examinedPerReturned, type PlanFacts, scans, sortsInMemory} from './plan.js';
import type {IndexesReport} from './report.js';
import {isServedBy, type Keys} from './suggest.js';

export type Finding = {
	readonly verdict: Verdict;
	readonly text: string;
	/** Commands for mongosh, or what to do; one a line. */
	readonly mend?: readonly string[];
};

/** Scanning so few is as fast as an index, and the server may choose it. */
export const FEW_DOCUMENTS = 1000;
/** Documents examined for each returned; Atlas alerts at the second. */
const MANY_EXAMINED = 10;
const TOO_MANY_EXAMINED = 1000;

export type QuerySeen = {
	readonly collection: string;
	/** In its collection. */
	readonly documents: number;
	/** With all its indexes. */
	readonly plan: PlanFacts | undefined;
	/** Why there is no plan. */
	readonly reason?: string;
	readonly suggested: Keys | undefined;
	/** Keys of the indexes that are there, by name. */
	readonly indexes: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
};

/** Of one query as it is answered with all the indexes. Pure. */
export function judgeQuery({collection, documents, plan, reason, suggested, indexes}: QuerySeen): Finding {
	if (plan === undefined)
		return {verdict: 'inconclusive', text: `the server did not explain it: ${reason ?? 'it gave no plan'}`};
	const create = suggested === undefined ? {} : {mend: [createWords(collection, suggested)]};
	if (scans(plan)) {
		const few = documents <= FEW_DOCUMENTS;
		return {
			verdict: few ? 'warn' : 'fail',
			text: few
				? `no index serves it; harmless with ${countWords(documents)} documents, and slower with each more`
				: `no index serves it: it scans all ${countWords(documents)} documents`,
			...create,
		};
	}
	if (plan.work === null)
		return {verdict: 'inconclusive', text: 'the server does not tell how many documents it examined'};
	const examined = examinedPerReturned(plan.work);
	const examines = `it examines ${countWords(examined)} documents for each it returns`;
	if (examined > TOO_MANY_EXAMINED) return {verdict: 'fail', text: examines, ...create};
	if (examined > MANY_EXAMINED) return {verdict: 'warn', text: examines, ...create};
	if (sortsInMemory(plan)) {
		const isOrdered =
			suggested !== undefined &&
			plan.indexes.some((name) => isServedBy(suggested, (indexes.get(name) ?? {}) as Record<string, unknown>));
		return isOrdered
			? {verdict: 'warn', text: 'sorted in memory, although its index has the order: this server does not use it'}
			: {verdict: 'warn', text: 'its index lacks the order, so that it is sorted in memory', ...create};
	}
	return {verdict: 'pass', text: `served by ${plan.indexes.join(', ')}`};
}

export type IndexSeen = {
	readonly collection: string;
	readonly name: string;
	readonly isUnique: boolean;
	readonly isExpiring: boolean;
	/** Operations whose query goes by it. */
	readonly usedBy: readonly string[];
	/** Only some operations were asked for. */
	readonly isPartOnly: boolean;
	/** Operations whose query the server did not explain. */
	readonly unexplained: readonly string[];
	/** Operations that have no query of their own to be looked at. */
	readonly unseen: readonly string[];
	/** Whether the server hides indexes; then that comes before the drop. */
	readonly hides: boolean;
};

/** Whether the workload has a use for it. Pure. */
export function judgeIndex(index: IndexSeen): Finding {
	const {name, usedBy, isUnique, isExpiring, unexplained, unseen, isPartOnly} = index;
	if (usedBy.length > 0) return {verdict: 'pass', text: `${name} serves ${usedBy.join(', ')}`};
	if (isUnique) return {verdict: 'pass', text: `${name} serves no query, and keeps its values unique`};
	if (isExpiring) return {verdict: 'pass', text: `${name} serves no query, and lets documents expire`};
	if (isPartOnly) return {verdict: 'skip', text: `${name}: only some operations were asked for`};
	if (unexplained.length > 0)
		return {verdict: 'inconclusive', text: `${name}: ${unexplained.join(', ')} may go by it, and was not explained`};
	const but = unseen.length === 0 ? '' : ` (${unseen.join(', ')} has none that could be looked at)`;
	return {verdict: 'warn', text: `${name} serves no query of the workload${but}`, mend: removeWords(index)};
}

/** Hidden first: a hidden index is kept up to date, and there again at once. */
export function removeWords({
	collection,
	name,
	hides,
}: Pick<IndexSeen, 'collection' | 'name' | 'hides'>): readonly string[] {
	const words = inMongosh(collection);
	const drop = `${words}.dropIndex("${name}")`;
	return hides ? [`${words}.hideIndex("${name}")`, `and when nothing got slower: ${drop}`] : [drop];
}

export function createWords(collection: string, keys: Keys): string {
	const fields = Object.entries(keys).map(
		([field, direction]) => `${/^\w+$/.test(field) ? field : `"${field}"`}: ${direction}`,
	);
	return `${inMongosh(collection)}.createIndex({${fields.join(', ')}})`;
}

/** What a difference says whose bounds are known; zero within them says nothing. Pure. */
export function effectOf(range: MedianRange | undefined, none: number): 'more' | 'less' | 'unclear' {
	if (range === undefined) return 'unclear';
	return range.low > none ? 'more' : range.high < none ? 'less' : 'unclear';
}

/** What was wanted and could not be had is no pass; a build that customers felt is worth knowing. Pure. */
export function judgeBuild(build: BuildEffect): Finding {
	if (build.kind === 'untried') return {verdict: 'inconclusive', text: `No index was built: ${build.reason}`};
	const {index, effect, reason, failed} = build;
	if (failed > 0) return {verdict: 'warn', text: `${countWords(failed)} operations failed while ${index} was built`};
	switch (effect) {
		case 'slower':
			return {
				verdict: 'warn',
				text: `Answers were slower while ${index} was built`,
				mend: ['build it when few customers are there'],
			};
		case 'none seen':
			return {verdict: 'pass', text: `Answers were not slower while ${index} was built`};
		default:
			return {
				verdict: 'inconclusive',
				text: `What the build of ${index} did to answers cannot be told: ${reason ?? ''}`,
			};
	}
}

/** Everything that was found, in one list. Pure. */
export function findingsOf({queries, indexes, build}: IndexesReport): readonly Finding[] {
	return [
		...queries.flatMap(({finding, operation, reason}) => [
			finding,
			...(reason === undefined ? [] : [unmeasured(`${operation} was not measured: ${reason}`)]),
		]),
		...indexes.flatMap(({name, finding, writes}) => [
			finding,
			...(writes?.kind === 'untried'
				? [unmeasured(`what ${name} costs each insert is not known: ${writes.reason}`)]
				: []),
		]),
		...(build === null ? [] : [judgeBuild(build)]),
	];
}

export function unmeasured(text: string): Finding {
	return {verdict: 'inconclusive', text};
}

/** One verdict of all. Missing data never passes. Pure. */
export function verdictOfAll(findings: readonly Finding[]): Exclude<Verdict, 'skip'> {
	const has = (verdict: Verdict) => findings.some((finding) => finding.verdict === verdict);
	if (has('fail')) return 'fail';
	if (has('inconclusive') || findings.length === 0) return 'inconclusive';
	return has('warn') ? 'warn' : 'pass';
}
