import type {Command} from 'commander';
import {formatDuration} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {DemoResult} from '../local/demo.js';
import type {Actions, Session} from './session.js';

type DemoFlags = {readonly keep?: boolean; readonly at?: string};

export function addDemo(program: Command, actions: Actions): void {
	program
		.command('demo')
		.description('See it all on this machine: two releases, a kill -9, resume, and the way back with the data')
		.helpGroup('Look around:')
		.option('--keep', 'leave the workspace, to play in')
		.option('--at <folder>', 'start the database and the shop of a workspace that was kept')
		.action(
			actions.run((session, flags: DemoFlags) =>
				flags.at === undefined ? demo(session, flags) : play(session, flags.at),
			),
		);
}

async function demo(session: Session, flags: DemoFlags): Promise<Answer> {
	const {runDemo} = await import('../local/demo.js');
	return demoAnswer(session.command, await runDemo(session.host, {keep: flags.keep === true}));
}

async function play({command, host}: Session, folder: string): Promise<Answer> {
	const {playIn} = await import('../local/demo.js');
	await playIn(folder, host, ({repository, shopUrl}) => {
		const message = `The shop runs at ${shopUrl}. In another terminal: cd ${repository}. Ctrl-C stops it.`;
		host.emit({type: 'log', level: 'info', message});
	});
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {folder}},
		document: [{kind: 'text', text: `Stopped. ${folder} is still there.`}],
	};
}

function demoAnswer(command: string, {workspace, timeline, totalMs, proof}: DemoResult): Answer {
	const next = workspace === undefined ? 'sastaops demo --keep' : `sastaops demo --at ${workspace.folder}`;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {workspace: workspace?.folder ?? null, timeline, totalMs, proof},
			next,
		},
		document: [
			{kind: 'title', text: 'From nothing to 1.1.0, through a kill -9, and back', note: formatDuration(totalMs)},
			{
				kind: 'table',
				columns: [{header: 'at', align: 'right'}, {header: ''}, {header: 'took', align: 'right'}, {header: ''}],
				rows: timeline.map(({title, atMs, durationMs, detail}) => [
					clock(atMs),
					title,
					formatDuration(durationMs),
					detail,
				]),
			},
			{
				kind: 'facts',
				heading: 'Every product, customer and order, SHA-256',
				facts: [
					['1.0.0', proof.before],
					['1.1.0', proof.between],
					['1.0.0 again', proof.after],
				],
			},
			{
				kind: 'next',
				steps: [
					workspace === undefined
						? {label: 'Play in it', command: next}
						: {label: 'Play in it', command: next, note: 'starts its database and its shop'},
				],
			},
		],
	};
}

/** `0:07.3`: minutes, seconds, tenths. */
function clock(ms: number): string {
	const seconds = (ms % 60_000) / 1000;
	return `${Math.floor(ms / 60_000)}:${seconds.toFixed(1).padStart(4, '0')}`;
}
