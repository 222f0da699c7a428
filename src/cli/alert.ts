import {type Command, InvalidArgumentError} from 'commander';
import {parseDuration} from '../kernel/duration.js';
import type {AckFlags} from './alert-run.js';
import type {Actions} from './session.js';

const ACK_MS = 8 * 3_600_000;

export function addAlert(program: Command, actions: Actions): void {
	const alert = program
		.command('alert')
		.helpGroup('Watch:')
		.description('Who is told of what: try it, see what is wrong, say that you are at it');

	alert
		.command('test')
		.argument('<receiver>', 'a receiver of sastaops.yaml, or a route: critical, warning, info')
		.description('Really send an alert that says it is a test, and its end')
		.action(actions.run(async (session, name: string) => (await import('./alert-run.js')).testAlerts(session, name)));

	alert
		.command('list')
		.description('What is firing, since when, and who is at it')
		.action(actions.run(async (session) => (await import('./alert-run.js')).listOpenAlerts(session)));

	alert
		.command('ack')
		.argument('<key>', 'the key of a firing alert, or its end: payment_success:alarm')
		.description('Say that you are at it: it is not told again until your time is up, it gets worse, or ends')
		.option('--for <duration>', 'your time', parseTime, ACK_MS)
		.option('--by <name>', 'who you are; without it your user name')
		.action(
			actions.run(async (session, key: string, flags: AckFlags) =>
				(await import('./alert-run.js')).takeAlert(session, key, flags),
			),
		);
}

function parseTime(text: string): number {
	const ms = parseDuration(text);
	if (ms === undefined || ms <= 0) throw new InvalidArgumentError('must be a duration such as 30m, 8h or 2d.');
	return ms;
}
