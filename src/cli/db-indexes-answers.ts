import type {CreateResult} from '../database/index-create.js';
import type {IndexPlan, IndexState} from '../database/index-plan.js';
import {dropIndexCommand} from '../database/mongosh.js';
import {formatBytes, formatDuration} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item, Mark} from '../kernel/report.js';
import {VERDICT_EXITS} from './verdicts.js';
import {wrap} from './wrap.js';

const MARKS: Readonly<Record<IndexState['state'], Mark>> = {
	present: 'done',
	missing: 'failed',
	conflicting: 'failed',
	building: 'pending',
};

export function statusAnswer(command: string, database: string, plan: IndexPlan): Answer {
	const verdict = statusVerdict(plan);
	const next = plan.indexes.some(({state}) => state === 'conflicting')
		? 'sastaops db indexes plan'
		: plan.indexes.some(({state}) => state === 'missing')
			? 'sastaops db indexes create'
			: undefined;
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			...(next === undefined ? {} : {next}),
			data: {database, ...planData(plan)},
		},
		document: [
			{kind: 'title', text: `Indexes of ${database}`, note: countWords(plan)},
			...(plan.indexes.length === 0
				? [{kind: 'text' as const, text: 'None is declared.'}]
				: [{kind: 'items' as const, items: plan.indexes.map(statusItem)}]),
			...extraBlock(plan),
			...(next === undefined ? [] : [{kind: 'next' as const, steps: [{label: 'Next', command: next}]}]),
		],
	};
}

function statusVerdict({indexes}: IndexPlan): 'pass' | 'fail' | 'inconclusive' {
	if (indexes.some(({state}) => state === 'missing' || state === 'conflicting')) return 'fail';
	return indexes.some(({state}) => state === 'building') ? 'inconclusive' : 'pass';
}

/** What create would do; with an obstacle that nothing resolves it would refuse, and so does this. */
export function planAnswer(command: string, database: string, plan: IndexPlan, replaced?: IndexState): Answer {
	const barred = plan.indexes.filter((one) => one.obstacle !== undefined && one !== replaced);
	const open = plan.indexes.filter(({state}) => state !== 'present');
	const verdict = barred.length > 0 ? 'fail' : open.some(({isUnsure}) => isUnsure === true) ? 'warn' : 'pass';
	const next = barred.length === 0 && open.length > 0 ? 'sastaops db indexes create' : undefined;
	return {
		report: {
			command,
			verdict,
			exitCode: barred.length > 0 ? EXIT.refused : EXIT.ok,
			...(next === undefined ? {} : {next}),
			data: {dryRun: true, database, ...planData(plan)},
		},
		document: [
			{kind: 'title', text: `Indexes of ${database}`, note: countWords(plan)},
			...(open.length === 0
				? [{kind: 'text' as const, text: 'Every declared index is there.'}]
				: planBlocks(plan, replaced)),
			...extraBlock(plan),
			{kind: 'text', text: 'Nothing was changed.'},
			...(next === undefined ? [] : [{kind: 'next' as const, steps: [{label: 'Next', command: next}]}]),
		],
	};
}

/** The plan as it stands before a question. */
export function planBlocks({indexes}: IndexPlan, replaced: IndexState | undefined): Block[] {
	const open = indexes.filter(({state}) => state !== 'present');
	const barred = open.filter((one) => one.obstacle !== undefined && one !== replaced);
	const toMake = open.filter((one) => !barred.includes(one));
	return [
		...(toMake.length === 0
			? []
			: [
					{
						kind: 'items' as const,
						heading: 'To make, one after the other',
						items: toMake.map((one) => planItem(one, one === replaced)),
					},
				]),
		...(barred.length === 0 ? [] : [{kind: 'items' as const, heading: 'In the way', items: barred.map(barredItem)}]),
	];
}

export function nothingMissingAnswer(command: string, database: string, plan: IndexPlan): Answer {
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {dryRun: false, database, made: [], ...planData(plan)},
		},
		document: [{kind: 'text', text: `Every declared index of ${database} is there.`}],
	};
}

/** Says what was done by what the server lists now, not by what it answered. */
export function createdAnswer(
	command: string,
	database: string,
	{
		results,
		after,
		tookMs,
	}: {readonly results: readonly CreateResult[]; readonly after: IndexPlan; readonly tookMs: number},
): Answer {
	const verdict = statusVerdict(after);
	const absent = after.indexes.filter(({state}) => state !== 'present');
	const failed = results.find(({outcome}) => outcome === 'failed');
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			...(absent.length === 0 ? {} : {next: 'sastaops db indexes plan'}),
			data: {dryRun: false, database, made: results, ...planData(after)},
		},
		document: [
			{
				kind: 'title',
				text: `Indexes of ${database}: ${absent.length === 0 ? 'every declared one is there' : `${absent.length} are not there`}`,
				note: formatDuration(tookMs),
			},
			{
				kind: 'items',
				items: results.map(({subject, outcome, tookMs: one, reason}) => ({
					mark: outcome === 'failed' ? ('failed' as const) : ('done' as const),
					text: subject,
					detail: `${outcome}, ${formatDuration(one)}`,
					lines: reason === undefined ? [] : wrap(reason, 74),
				})),
			},
			...(failed === undefined ? [] : [{kind: 'text' as const, text: 'Those after it were not begun.'}]),
			...(absent.length === 0
				? []
				: [{kind: 'next' as const, steps: [{label: 'Next', command: 'sastaops db indexes plan'}]}]),
		],
	};
}

function statusItem({collection, name, state, share, documents, obstacle}: IndexState): Item {
	const far = share === undefined ? '' : ` ${Math.round(share * 100)} %`;
	return {
		mark: MARKS[state],
		text: `${collection}.${name}`,
		detail: `${state}${far}, ${documents.toLocaleString('en-IN')} documents`,
		lines: obstacle?.details ?? [],
	};
}

function planItem(
	{collection, name, state, command, documents, sizeBytes, isUnsure, obstacle}: IndexState,
	isReplacing: boolean,
): Item {
	const size = sizeBytes === undefined ? '' : `, ${formatBytes(sizeBytes)}`;
	return {
		mark: 'pending',
		text: `${collection}.${name}`,
		detail: `${documents.toLocaleString('en-IN')} documents${size}`,
		lines: [
			command,
			...(state === 'building' ? ['somebody builds it now; this waits for it'] : []),
			...(isUnsure === true
				? ['whether values stand more than once could not be told in a minute: the server will tell']
				: []),
			...(isReplacing && obstacle?.index !== undefined
				? [
						`then ${dropIndexCommand(collection, obstacle.index.name)}`,
						'where the server takes no second one on the same fields, that comes first: until',
						'the new one is there queries read everything, and no rule of it holds',
					]
				: []),
		],
	};
}

function barredItem({collection, name, obstacle}: IndexState): Item {
	return {
		mark: 'failed',
		text: `${collection}.${name}`,
		lines: [
			...wrap(obstacle?.message ?? '', 74),
			...(obstacle?.details ?? []),
			...(obstacle?.mend ?? []).map((line) => `mend   ${line}`),
		],
	};
}

function extraBlock({extra}: IndexPlan): Block[] {
	if (extra.length === 0) return [];
	const items = extra.map(
		({collection, name, fields}): Item => ({mark: 'none', text: `${collection}.${name}`, detail: fields}),
	);
	return [{kind: 'items', heading: 'There, and not declared; left alone', items}];
}

function countWords({indexes}: IndexPlan): string {
	const states = ['missing', 'conflicting', 'building', 'present'] as const;
	const counted = states.map((state) => [indexes.filter((one) => one.state === state).length, state] as const);
	return counted
		.filter(([count]) => count > 0)
		.map(([count, state]) => `${count} ${state}`)
		.join(', ');
}

function planData({indexes, extra}: IndexPlan) {
	return {
		indexes: indexes.map(
			({collection, name, index, state, share, command, documents, sizeBytes, obstacle, isUnsure}) => ({
				collection,
				name,
				...index,
				state,
				...(share === undefined ? {} : {share}),
				command,
				documents,
				sizeBytes: sizeBytes ?? null,
				...(isUnsure === true ? {isUnsure} : {}),
				...(obstacle === undefined
					? {}
					: {
							obstacle: {
								kind: obstacle.kind,
								message: obstacle.message,
								details: obstacle.details,
								mend: obstacle.mend,
							},
						}),
			}),
		),
		extra,
	};
}
