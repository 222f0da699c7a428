import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {notHaproxy} from './haproxy-socket.js';

/** The process that answered `show info;show activity`, and its own clock. @throws SastaError SPLITTER_UNKNOWN */
export function readLife(answer: string, where: string): {incarnation: string; nowMs: number} {
	if (!/^Pid: \d+$/m.test(answer)) throw notHaproxy(where, answer);
	const incarnation = lifeOf(answer);
	const [, seconds, micros = ''] = /^date_now: (\d+)\.(\d{6})/m.exec(answer) ?? [];
	if (incarnation === undefined || seconds === undefined) {
		throw new SastaError('SPLITTER_UNKNOWN', `HAProxy at ${where} does not tell its clock and when it began`, {
			exitCode: EXIT.outside,
			details: [`It is ${/^Version: (.+)$/m.exec(answer)?.[1] ?? 'of an unknown version'}`],
			hint: 'Use HAProxy 2.6 or later',
		});
	}
	return {incarnation, nowMs: Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)};
}

/** In a container the number of the process is always the same, so its beginning belongs to it. Of `show info`. */
export function lifeOf(answer: string): string | undefined {
	const pid = /^Pid: (\d+)$/m.exec(answer)?.[1];
	const started = /^Start_time_sec: (\d+)$/m.exec(answer)?.[1];
	return pid === undefined || started === undefined ? undefined : `${pid}@${started}`;
}
