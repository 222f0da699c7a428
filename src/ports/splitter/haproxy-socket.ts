import {connect, type NetConnectOpts, type Socket} from 'node:net';
import {setTimeout as delay} from 'node:timers/promises';
import {errorCode, errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/** HAProxy's admin socket. Each command has a connection of its own: so one answer comes from one process. */
export type HaproxySocket = {
	/** For people. */
	readonly where: string;
	/**
	 * Sends one line and gives all that comes back.
	 * @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_REFUSED where the socket's level does not allow it
	 */
	ask(command: string): Promise<string>;
	/** Sends one line and hands on each line of an answer that does not end. */
	follow(command: string, listener: FollowListener): {close(): void};
};

export type FollowListener = {
	line(text: string): void;
	/** Called once, with what went wrong if it was not the other side's end. */
	end(error: SastaError | undefined): void;
};

const TIMEOUT_MS = 5000;
const BUSY_MS = 25;

/** A page of counters of the largest proxies takes a few megabytes. */
const MOST_CHARACTERS = 50_000_000;
const LONGEST_LINE = 100_000;

/** Nothing is connected yet. @throws SastaError SPLITTER_UNKNOWN where the address is none */
export function openHaproxySocket(address: string): HaproxySocket {
	const target = parseAddress(address);
	return {
		where: address,
		async ask(command) {
			const answer = await exchange(target, command, address);
			if (/^Permission denied/m.test(answer)) throw levelTooLow(address);
			return answer;
		},
		follow: (command, listener) => follow({target, command, where: address, listener}),
	};
}

/** A word of a command, as HAProxy's command line takes it. */
export function asWord(text: string): string {
	return text.replace(/[\\; ]/g, '\\$&');
}

function parseAddress(address: string): NetConnectOpts {
	const path = address.startsWith('unix:') ? address.slice('unix:'.length) : address;
	if (path.includes('/')) return {path};
	const [, host = '', port = ''] = /^(?:ipv[46]@)?(\[[0-9a-f:.]+\]|[^\s:]+):(\d{1,5})$/i.exec(address) ?? [];
	if (host !== '' && Number(port) > 0 && Number(port) < 65_536) {
		return {host: host.replace(/^\[|\]$/g, ''), port: Number(port)};
	}
	throw new SastaError('SPLITTER_UNKNOWN', `"${address}" is no address of an admin socket`, {
		exitCode: EXIT.usage,
		hint: 'Write what "stats socket" says in haproxy.cfg: /run/haproxy/admin.sock, or host:port',
	});
}

async function exchange(target: NetConnectOpts, command: string, where: string): Promise<string> {
	const limit = AbortSignal.timeout(TIMEOUT_MS);
	for (;;) {
		try {
			return await exchangeOnce(target, command, limit);
		} catch (cause) {
			if (limit.aborted) throw silent(where);
			if (errorCode(cause) !== 'EAGAIN') throw unreachable(where, cause);
			// Others stand in line at the socket: nothing has been sent.
			await delay(BUSY_MS, undefined, {signal: limit}).catch(() => undefined);
		}
	}
}

function exchangeOnce(target: NetConnectOpts, command: string, signal: AbortSignal): Promise<string> {
	return new Promise((resolve, reject) => {
		const socket = connect(target);
		let answer = '';
		const fail = (error: Error) => {
			socket.destroy();
			reject(error);
		};
		const stop = () => fail(new Error('no answer'));
		signal.addEventListener('abort', stop);
		socket.setEncoding('utf8');
		socket.on('data', (text: string) => {
			answer += text;
			if (answer.length > MOST_CHARACTERS) fail(new Error('its answer does not end'));
		});
		socket.once('error', fail);
		socket.once('close', () => {
			signal.removeEventListener('abort', stop);
			if (answer === '') reject(new Error('it closed the connection without an answer'));
			else resolve(answer);
		});
		socket.write(`${command}\n`);
	});
}

function follow({
	target,
	command,
	where,
	listener,
}: {
	target: NetConnectOpts;
	command: string;
	where: string;
	listener: FollowListener;
}): {close(): void} {
	const socket: Socket = connect(target);
	// What is only listened to must not keep a process alive.
	socket.unref();
	let rest = '';
	let problem: SastaError | undefined;
	socket.setEncoding('utf8');
	socket.on('data', (text: string) => {
		const lines = (rest + text).split('\n');
		rest = lines.pop() ?? '';
		for (const line of lines) listener.line(line);
		if (rest.length > LONGEST_LINE) {
			problem = notHaproxy(where, rest);
			socket.destroy();
		}
	});
	socket.once('error', (cause) => {
		problem = unreachable(where, cause);
	});
	socket.once('close', () => listener.end(problem));
	socket.write(`${command}\n`);
	return {close: () => socket.destroy()};
}

/** What answers, but not as HAProxy does. */
export function notHaproxy(where: string, answer: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', `What answers at ${where} is not the admin socket of an HAProxy`, {
		exitCode: EXIT.outside,
		details: [`It says ${JSON.stringify(answer.trim().slice(0, 100))}`],
		hint: 'Give what "stats socket" says in the global section of haproxy.cfg, not the socket of the master process',
	});
}

/** A socket whose level does not allow the command. */
export function levelTooLow(where: string): SastaError {
	return new SastaError('SPLITTER_REFUSED', `HAProxy at ${where} does not allow what is asked: its level is too low`, {
		exitCode: EXIT.outside,
		hint: 'Add "level admin" to this "stats socket" in haproxy.cfg, and reload HAProxy',
	});
}

/** Nothing comes, and nothing is closed. */
export function silent(where: string): SastaError {
	return new SastaError('SPLITTER_UNREACHABLE', `HAProxy at ${where} did not answer within ${TIMEOUT_MS / 1000} s`, {
		exitCode: EXIT.outside,
		hint: `See whether its process runs. ${WHAT_HOLDS}`,
	});
}

function unreachable(where: string, cause: unknown): SastaError {
	return new SastaError('SPLITTER_UNREACHABLE', `HAProxy at ${where} cannot be asked: ${errorMessage(cause)}`, {
		exitCode: EXIT.outside,
		cause,
		hint: `${hintFor(errorCode(cause))}. ${WHAT_HOLDS}`,
	});
}

const WHAT_HOLDS =
	'The canary keeps its share until its lease runs out, and no longer; an HAProxy that has ended serves nobody';

function hintFor(code: string | number | undefined): string {
	switch (code) {
		case 'ENOENT':
			return 'Start HAProxy, or give the path that "stats socket" says in haproxy.cfg';
		case 'EACCES':
		case 'EPERM':
			return 'Run as a user of the group that "stats socket … group" names in haproxy.cfg, with "mode 660"';
		case 'ECONNREFUSED':
			return 'The socket is there, and nobody listens: start HAProxy';
		default:
			return 'See whether HAProxy runs, and whether this machine may connect to its admin socket';
	}
}
