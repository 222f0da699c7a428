import {readFile, writeFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Verdict} from '../kernel/report.js';
import {compareLoads, type Difference, judgeDifferences, LEAST_INTERVALS} from '../load/compare.js';
import {readHdrLog, type TaggedCounts, writeHdrLog} from '../load/hdr-log.js';
import {percentilesOf} from '../load/histogram.js';
import {readSaved, type SavedResult} from '../load/saved.js';
import {countWords, msWords} from '../load/words.js';
import type {Session} from './session.js';
import {VERDICT_EXITS} from './verdicts.js';

/** A twentieth slower is what nobody notices. */
const TOLERANCE = 0.05;

export async function compareCommand({host, command}: Session, before: string, after: string): Promise<Answer> {
	const [old, now] = await Promise.all(
		[before, after].map(async (path) => readSaved(await readText(resolve(host.cwd, path), path), path)),
	);
	const [a, b] = [old as SavedResult, now as SavedResult];
	const doubts = doubtsOf(a, b);
	const isEnough = [a, b].every(({intervals}) => intervals.length >= LEAST_INTERVALS);
	const differences = isEnough ? compareLoads(a.intervals, b.intervals) : [];
	const verdict: Verdict = doubts.length > 0 || !isEnough ? 'inconclusive' : judgeDifferences(differences, TOLERANCE);
	return {
		report: {
			command,
			verdict,
			exitCode: VERDICT_EXITS[verdict],
			data: {differences, doubts, before, after, tolerance: TOLERANCE},
		},
		document: [
			{kind: 'title', text: compareWords(verdict, differences)},
			...(isEnough ? [differencesTable(differences)] : []),
			...(doubts.length === 0
				? []
				: [{kind: 'items', items: doubts.map((text) => ({mark: 'unknown', text}))} satisfies Block]),
		],
	};
}

/** What makes two loads incomparable, or one of them unbelievable. */
function doubtsOf(before: SavedResult, after: SavedResult): string[] {
	const doubts: string[] = [];
	for (const [name, result] of [
		['before', before],
		['after', after],
	] as const) {
		if (!result.generator.isTruthful)
			doubts.push(`${name} is not to be believed: ${result.generator.reason ?? 'the generator was late'}`);
		if (result.intervals.length < LEAST_INTERVALS)
			doubts.push(`${name} has ${result.intervals.length} seconds, ${LEAST_INTERVALS} are needed`);
		if (result.total.failed > result.total.done * 0.01)
			doubts.push(`${name} has ${countWords(result.total.failed)} failures: the times of the rest say little`);
	}
	for (const key of ['rate', 'workload', 'documents'] as const)
		if (before[key] !== after[key]) doubts.push(`the ${key} was ${before[key]}, and is ${after[key]}`);
	return doubts;
}

function compareWords(verdict: Verdict, differences: readonly Difference[]): string {
	const p95 = differences.find(({name}) => name === 'p95');
	const by =
		p95 === undefined
			? ''
			: `: p95 ${percentWords(p95.ratio)}, between ${percentWords(p95.low)} and ${percentWords(p95.high)}`;
	if (verdict === 'fail') return `Slower${by}`;
	return verdict === 'pass' ? `Not slower${by}` : `Cannot tell${by}`;
}

function percentWords(ratio: number): string {
	const percent = Math.round((ratio - 1) * 1000) / 10;
	return `${percent > 0 ? '+' : percent < 0 ? '−' : '±'}${Math.abs(percent)} %`;
}

function differencesTable(differences: readonly Difference[]): Block {
	return {
		kind: 'table',
		columns: [
			{header: ''},
			...['before', 'after', 'change', '95 % sure'].map((header) => ({header, align: 'right' as const})),
		],
		rows: differences.map(({name, beforeMs, afterMs, ratio, low, high}) => [
			name,
			msWords(beforeMs),
			msWords(afterMs),
			percentWords(ratio),
			`${percentWords(low)} … ${percentWords(high)}`,
		]),
	};
}

export async function mergeCommand(
	{host, command}: Session,
	logs: readonly string[],
	hdr: string | undefined,
): Promise<Answer> {
	const read = await Promise.all(
		logs.map(async (path) => readHdrLog(await readText(resolve(host.cwd, path), path), path)),
	);
	const all = sumTags(read.flat());
	const whole = sumTags(all.map(({counts}) => ({tag: 'all', counts})));
	if (hdr !== undefined) {
		const now = host.now();
		await writeFile(resolve(host.cwd, hdr), writeHdrLog(all, {fromMs: now, toMs: now}));
	}
	const rows = [...all, ...whole].map(({tag, counts}) => ({
		name: tag === '' ? '–' : tag,
		response: percentilesOf(counts),
	}));
	const isEmpty = rows.every(({response}) => response === null);
	const verdict: Verdict = isEmpty ? 'inconclusive' : 'pass';
	return {
		report: {command, verdict, exitCode: VERDICT_EXITS[verdict], data: {logs, operations: rows}},
		document: [
			{kind: 'title', text: isEmpty ? 'The logs hold nothing' : `${logs.length} logs as one`},
			{
				kind: 'table',
				columns: [
					{header: 'operation'},
					...['done', 'p50', 'p95', 'p99', 'p99.9', 'max'].map((header) => ({header, align: 'right' as const})),
				],
				rows: rows.map(({name, response}) =>
					response === null
						? [name, '0', '–', '–', '–', '–', '–']
						: [
								name,
								countWords(response.count),
								...[response.p50, response.p95, response.p99, response.p999, response.max].map(msWords),
							],
				),
			},
		],
	};
}

function sumTags(all: readonly TaggedCounts[]): TaggedCounts[] {
	const sums = new Map<string, Float64Array>();
	for (const {tag, counts} of all) {
		const sum = sums.get(tag);
		if (sum === undefined) sums.set(tag, counts.slice());
		else for (let at = 0; at < counts.length; at++) sum[at] = (sum[at] as number) + (counts[at] as number);
	}
	return [...sums].map(([tag, counts]) => ({tag, counts}));
}

async function readText(path: string, name: string): Promise<string> {
	try {
		return await readFile(path, 'utf8');
	} catch (cause) {
		throw new SastaError('FILE_UNREADABLE', `${name} cannot be read: ${errorMessage(cause)}`, {
			exitCode: EXIT.usage,
			cause,
			hint: 'Give the path of a file that is there',
		});
	}
}
