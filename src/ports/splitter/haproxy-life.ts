import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {notHaproxy} from './haproxy-socket.js';

/**
 * Asks who answers, and for the clock that its rules see. The one of `show activity` is another: it does not follow when
 * the machine's is set.
 */
export const ASK_LIFE =
	'show info;experimental-mode on;set var proc.sastaops_now expr date(0,ms);get var proc.sastaops_now;experimental-mode off';

/** What `ASK_LIFE` was answered. @throws SastaError SPLITTER_UNKNOWN */
export function readLife(answer: string, where: string): {incarnation: string; nowMs: number} {
	if (!/^Pid: \d+$/m.test(answer)) throw notHaproxy(where, answer);
	const incarnation = lifeOf(answer);
	const now = /^proc\.sastaops_now: type=sint value=<(\d+)>$/m.exec(answer)?.[1];
	if (incarnation === undefined || now === undefined) {
		throw new SastaError('SPLITTER_UNKNOWN', `HAProxy at ${where} does not tell its clock and when it began`, {
			exitCode: EXIT.outside,
			details: [`It is ${/^Version: (.+)$/m.exec(answer)?.[1] ?? 'of an unknown version'}`],
			hint: 'Use HAProxy 2.6 or later',
		});
	}
	return {incarnation, nowMs: Number(now)};
}

/** In a container the number of the process is always the same, so its beginning belongs to it. Of `show info`. */
export function lifeOf(answer: string): string | undefined {
	const pid = /^Pid: (\d+)$/m.exec(answer)?.[1];
	const started = /^Start_time_sec: (\d+)$/m.exec(answer)?.[1];
	return pid === undefined || started === undefined ? undefined : `${pid}@${started}`;
}
