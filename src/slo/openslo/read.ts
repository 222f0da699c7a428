import {parseAllDocuments} from 'yaml';
import type * as z from 'zod';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {MeasuredObjective} from '../objective.js';
import {indicatorOf} from './indicator.js';
import {anyDocument, type SliSpec, type SloDocument, sliDocument, sloDocument} from './schema.js';

export type OpenSlo = {
	readonly objectives: readonly MeasuredObjective[];
	readonly period: '7d' | '28d' | '30d';
	/** Names of the services that the objectives are of. */
	readonly services: readonly string[];
};

/** What a document is refused for; the document is named where it is caught. */
type Refuse = (why: string, hint?: string) => SastaError;

const PERIODS: Readonly<Record<string, OpenSlo['period']>> = {
	'7d': '7d',
	'1w': '7d',
	'28d': '28d',
	'4w': '28d',
	'30d': '30d',
};

/**
 * The objectives of OpenSLO v1 documents. Kinds beside SLO and SLI say nothing of objectives and are passed over.
 * @param text documents of one file or of several, behind one another
 * @throws SastaError OPENSLO_INVALID, OPENSLO_UNSUPPORTED, SELECTOR_INVALID; each names the document
 */
export function readOpenSlo(text: string): OpenSlo {
	const values = parseAllDocuments(text).flatMap((document) => {
		const [problem] = document.errors;
		if (problem !== undefined) throw invalid(problem.message.split('\n')[0] ?? 'it is no YAML');
		const value: unknown = document.toJS();
		return value === null ? [] : [value];
	});
	const documents = values.map((value) => ({head: parsed(anyDocument, value, 'a document'), value}));
	for (const {head} of documents) {
		if (head.apiVersion !== 'openslo/v1')
			throw refuserOf(head)(`its apiVersion is ${head.apiVersion}`, 'Only openslo/v1 is read');
	}
	const slis = new Map(
		documents.flatMap(({head, value}) =>
			head.kind === 'SLI' ? [[head.metadata.name, parsed(sliDocument, value, nameOf(head)).spec] as const] : [],
		),
	);
	const slos = documents.flatMap(({head, value}) =>
		head.kind === 'SLO' ? [parsed(sloDocument, value, nameOf(head))] : [],
	);
	if (slos.length === 0) throw invalid('no document of kind SLO is in it');
	const periods = new Set(slos.map((slo) => periodOf(slo, refuserOf(slo))));
	const [period = '30d', other] = periods;
	if (other !== undefined)
		throw refuserOf(slos[0] as SloDocument)(
			`others of these have another time window: ${period}, ${other}`,
			'sastaops has one period for all: part the files',
		);
	const objectives = slos.flatMap((slo) => objectivesOf(slo, slis));
	const names = objectives.map(({name}) => name);
	const twice = names.find((name, index) => names.indexOf(name) !== index);
	if (twice !== undefined) throw invalid(`two objectives would be called ${twice}`);
	return {objectives, period, services: [...new Set(slos.map(({spec}) => spec.service))]};
}

function objectivesOf(slo: SloDocument, slis: ReadonlyMap<string, SliSpec>): MeasuredObjective[] {
	const {metadata, spec} = slo;
	const refuse = refuserOf(slo);
	if (spec.budgetingMethod !== 'Occurrences') {
		throw refuse(
			`budgetingMethod is ${spec.budgetingMethod}`,
			'Only Occurrences is read: events are counted here, not minutes',
		);
	}
	const sli = spec.indicator?.spec ?? slis.get(spec.indicatorRef ?? '');
	if (sli === undefined)
		throw refuse(
			`its indicator ${spec.indicatorRef ?? ''} is not among these documents`,
			'Give the file of the SLI as well',
		);
	const measured = indicatorOf(sli, refuse);
	return spec.objectives.map((objective, index) => ({
		name: nameOfObjective(metadata.name, spec.objectives.length > 1 ? index + 1 : undefined),
		title: oneLine(objective.displayName ?? spec.description ?? metadata.displayName ?? metadata.name),
		target: targetOf(objective, refuse),
		...measured,
	}));
}

function targetOf({target, targetPercent}: SloDocument['spec']['objectives'][number], refuse: Refuse): number {
	const share = target ?? (targetPercent === undefined ? Number.NaN : Number((targetPercent / 100).toPrecision(15)));
	if (share > 0 && share < 1) return share;
	throw refuse('its target does not lie between 0 and 1', 'Write target: 0.995, or targetPercent: 99.5');
}

function periodOf({spec}: SloDocument, refuse: Refuse): OpenSlo['period'] {
	const [{duration, isRolling, calendar} = {duration: '', isRolling: false, calendar: undefined}] = spec.timeWindow;
	const period = PERIODS[duration];
	if (period === undefined || isRolling === false || calendar !== undefined) {
		const what = calendar !== undefined || isRolling === false ? `a calendar's ${duration}` : duration;
		throw refuse(`its time window is ${what}`, 'Only rolling windows of 7d, 28d and 30d are read');
	}
	return period;
}

/** Snake, as labels and configuration want it. */
function nameOfObjective(name: string, number: number | undefined): string {
	const snake = name
		.toLowerCase()
		.replaceAll(/[^a-z0-9]+/g, '_')
		.replaceAll(/^[_\d]+|_+$/g, '');
	return `${snake || 'slo'}${number === undefined ? '' : `_${number}`}`.slice(0, 63);
}

function oneLine(text: string): string {
	return text
		.replaceAll(/[\p{Cc}\u2028\u2029\s]+/gu, ' ')
		.trim()
		.slice(0, 200);
}

type Head = {readonly kind: string; readonly metadata: {readonly name: string}};

function nameOf({kind, metadata}: Head): string {
	return `${kind} ${metadata.name}`;
}

function refuserOf(head: Head): Refuse {
	return (why, hint) =>
		new SastaError('OPENSLO_UNSUPPORTED', `${nameOf(head)} of OpenSLO cannot be used: ${why}`, {
			exitCode: EXIT.usage,
			...(hint === undefined ? {} : {hint}),
		});
}

function parsed<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
	const result = schema.safeParse(value);
	if (result.success) return result.data;
	const [issue] = result.error.issues;
	throw invalid(`${what}: ${issue?.path.join('.') ?? ''} ${issue?.message ?? ''}`);
}

function invalid(why: string): SastaError {
	return new SastaError('OPENSLO_INVALID', `Not OpenSLO v1: ${why}`, {
		exitCode: EXIT.usage,
		hint: 'See docs/openslo.md for what is read',
	});
}
