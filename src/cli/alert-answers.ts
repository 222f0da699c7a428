import type {AlertList, KnownAlert} from '../alert/list-alerts.js';
import type {AlertRecord} from '../alert/record.js';
import type {TestedReceiver} from '../alert/test-receivers.js';
import {formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block, Item} from '../kernel/report.js';

export function alertTestAnswer(command: string, tested: readonly TestedReceiver[]): Answer {
	const refused = tested.filter(({steps}) => steps.some(({isTaken}) => !isTaken));
	const isTaken = refused.length === 0;
	return {
		report: {
			command,
			verdict: isTaken ? 'pass' : 'fail',
			exitCode: isTaken ? EXIT.ok : EXIT.outside,
			data: {receivers: tested},
		},
		document: [
			{
				kind: 'items',
				items: tested.map(({name, title, steps}): Item => {
					const isFine = steps.every((step) => step.isTaken);
					return {
						mark: isFine ? 'done' : 'failed',
						text: `${name}: ${title} ${isFine ? 'has taken it' : 'did not take it'}`,
						lines: steps.map(({what, answer}) => `${what}: ${answer}`),
					};
				}),
			},
			{
				kind: 'text',
				text: isTaken
					? 'That it was taken does not mean yet that somebody saw it: look whether it has arrived.'
					: `${refused.map(({name}) => name).join(', ')} would not be told of anything. Mend alerts.receivers in sastaops.yaml.`,
			},
		],
	};
}

export function alertListAnswer(command: string, list: AlertList, nowMs: number): Answer {
	const {firing, pending, ended, silences, unread} = list;
	const isWhole = unread.length === 0;
	const first = firing.find(({record}) => record.ack === null);
	const next = first && `sastaops alert ack ${first.record.key}`;
	return {
		report: {
			command,
			verdict: isWhole ? (firing.length === 0 ? 'pass' : 'warn') : 'inconclusive',
			exitCode: isWhole ? EXIT.ok : EXIT.inconclusive,
			data: {
				firing: firing.map((known) => alertData(known, nowMs)),
				pending: pending.map((known) => alertData(known, nowMs)),
				ended: ended.map((known) => alertData(known, nowMs)),
				silences: silences.map(({by, silence}) => ({by, why: silence.why, until: isoOf(silence.untilMs)})),
				unread,
			},
			...(next === undefined ? {} : {next}),
		},
		document: [
			{kind: 'title', text: titleOf(list)},
			...(firing.length === 0 ? [] : [firingTable(firing, nowMs)]),
			...silences.map(({by, silence}): Block => {
				const text = `Silent until ${formatMoment(silence.untilMs)} (${by}): ${silence.why}`;
				return {kind: 'text', text};
			}),
			...(unread.length === 0
				? []
				: [
						{
							kind: 'items' as const,
							items: unread.map((words): Item => ({mark: 'unknown', text: `not known: ${words}`})),
						},
					]),
			...(next === undefined
				? []
				: [{kind: 'next' as const, steps: [{label: 'Say that you are at it', command: next}]}]),
		],
	};
}

export function alertAckAnswer(command: string, record: AlertRecord): Answer {
	const {alert, ack} = record;
	if (ack === null) throw new Error('it was not acknowledged');
	const text = `${ack.by} is at it until ${formatMoment(ack.untilMs)}: ${alert.title}`;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {key: record.key, by: ack.by, until: isoOf(ack.untilMs)},
			next: 'sastaops alert list',
		},
		document: [
			{
				kind: 'items',
				items: [
					{mark: 'done', text, lines: ['It is not told again until then, unless it gets worse. Its end is told.']},
				],
			},
		],
	};
}

function titleOf({firing, pending, ended, unread}: AlertList): string {
	const others = [
		...(pending.length === 0 ? [] : [`${pending.length} may be about to`]),
		...(ended.length === 0 ? [] : [`${ended.length} ended in the last day`]),
	].join(', ');
	const what =
		firing.length === 0
			? unread.length === 0
				? 'Nothing is firing'
				: 'Nothing known is firing'
			: `${firing.length} firing`;
	return others === '' ? what : `${what}; ${others}`;
}

function firingTable(firing: readonly KnownAlert[], nowMs: number): Block {
	return {
		kind: 'table',
		columns: [
			{header: 'severity'},
			{header: 'what'},
			{header: 'for', align: 'right'},
			{header: 'at it'},
			{header: 'told'},
			{header: 'key'},
		],
		rows: firing.map(({record}) => [
			record.alert.severity,
			record.alert.title,
			formatDuration(Math.max(0, nowMs - (record.firedAtMs ?? nowMs))),
			ackWords(record, nowMs),
			toldWords(record),
			record.key,
		]),
	};
}

function ackWords({ack}: AlertRecord, nowMs: number): string {
	if (ack === null) return 'nobody';
	return ack.untilMs > nowMs ? `${ack.by} until ${formatMoment(ack.untilMs)}` : `${ack.by}, whose time is up`;
}

function toldWords({told, failed}: AlertRecord): string {
	const names = Object.entries(told).flatMap(([name, {state}]) => (state === 'firing' ? [name] : []));
	const missed = Object.keys(failed).map((name) => `not ${name}`);
	return [...names, ...missed].join(', ') || 'nobody';
}

function alertData({by, record}: KnownAlert, nowMs: number): object {
	const {key, alert, firedAtMs, endedAtMs, ack, told, failed} = record;
	return {
		key,
		by,
		severity: alert.severity,
		title: alert.title,
		text: alert.text,
		since: firedAtMs === null ? null : isoOf(firedAtMs),
		ended: endedAtMs === null ? null : isoOf(endedAtMs),
		acknowledged: ack === null || ack.untilMs <= nowMs ? null : {by: ack.by, until: isoOf(ack.untilMs)},
		told: Object.keys(told),
		failed: Object.keys(failed),
	};
}

function isoOf(ms: number): string {
	return new Date(ms).toISOString();
}
