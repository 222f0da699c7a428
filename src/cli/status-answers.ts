import {formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block} from '../kernel/report.js';
import type {ReleaseStatus, RunStatus} from '../release/status.js';

export function statusAnswer(command: string, status: ReleaseStatus): Answer {
	const {open, last, holder} = status;
	const next = open
		? open.state === 'aborting'
			? 'sastaops release abort'
			: 'sastaops release resume'
		: 'sastaops release create minor --dry-run';
	return {
		report: {
			command,
			verdict: open ? 'warn' : 'pass',
			exitCode: open ? EXIT.stopped : EXIT.ok,
			data: {open: open ?? null, last: last ?? null, holder: holder ?? null},
			next,
		},
		document: [
			...(open
				? openRunBlocks(open, holder !== undefined)
				: [{kind: 'text' as const, text: last ? lastText(last) : 'No release was made from here yet.'}]),
			...(holder
				? [
						{
							kind: 'text' as const,
							text: `"${holder.command}" is at work on ${holder.host} (pid ${holder.pid}); its lease is ${holder.id}.`,
						},
					]
				: []),
			{kind: 'next', steps: open ? waysOut(open) : [{label: 'Next', command: next}]},
		],
	};
}

function openRunBlocks(open: RunStatus, isHeld: boolean): Block[] {
	const marks = {done: 'done', begun: 'unknown', undone: 'none', failed: 'failed', stopped: 'warn'} as const;
	return [
		{
			kind: 'title',
			text: `The ${open.kind} of ${open.version} ${isHeld ? 'is under way' : open.state === 'aborting' ? 'is half taken back' : `was interrupted, last heard of ${formatMoment(open.lastAt)}`}`,
		},
		{
			kind: 'items',
			items: open.steps.map(({name, state, message}) => ({
				mark: marks[state],
				text: name,
				detail: state,
				...(message === undefined ? {} : {lines: [message]}),
			})),
		},
		...(open.tornBytes > 0
			? [
					{
						kind: 'text' as const,
						text: `The last record of its journal was cut (${open.tornBytes} bytes); that is expected of a crash.`,
					},
				]
			: []),
	];
}

function waysOut(open: RunStatus): {label: string; command: string}[] {
	const isPushed = open.steps.some(({name, state}) => name === 'deploy' && state !== 'undone');
	if (open.state === 'aborting') return [{label: 'Finish it', command: 'sastaops release abort'}];
	return [
		{label: 'Go on', command: 'sastaops release resume'},
		...(isPushed ? [] : [{label: 'Go back', command: 'sastaops release abort'}]),
	];
}

function lastText({kind, version, state, startedAt, lastAt}: RunStatus): string {
	return `Nothing is open. The last ${kind}, of ${version}, was ${state} on ${formatMoment(lastAt)} (${formatDuration(lastAt - startedAt)}).`;
}
