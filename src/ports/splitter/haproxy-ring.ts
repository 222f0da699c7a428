import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {lifeOf} from './haproxy-life.js';
import {type BackendNames, parseLogLine} from './haproxy-log.js';
import {type HaproxySocket, levelTooLow, notHaproxy, silent} from './haproxy-socket.js';
import type {ServedRequest} from './splitter.js';

/** The log of one process of HAProxy, listened to from its ring until that process or somebody ends it. */
export type RingFollower = {
	/** The incarnation of the process that is listened to; rejects where it cannot be. */
	readonly ready: Promise<string>;
	isOpen(): boolean;
	close(): void;
};

/** What has been seen of one process: follower after follower fills it, each request once. */
export type SeenRequests = {
	/** Requests of both sides, from the first on that counts. */
	count(): number;
	/** Those that came since the last call. */
	take(): ServedRequest[];
	add(line: string): void;
};

/** Lines come in order but for threads that log at the same moment. */
const DISORDER_MS = 10_000;

/** More than an hour of a busy shop that nobody asks for: further ones show up as missed. */
const MOST_WAITING = 500_000;

/** How long a process may take to say who it is. */
const READY_MS = 5000;

/** @param fromMs requests that ended before, by HAProxy's clock, do not count */
export function makeSeenRequests(backends: BackendNames, fromMs: number): SeenRequests {
	let waiting: ServedRequest[] = [];
	let recent = new Map<number, number>();
	let latestMs = fromMs;
	let count = 0;
	return {
		count: () => count,
		take() {
			const taken = waiting;
			waiting = [];
			recent = new Map([...recent].filter(([, atMs]) => atMs >= latestMs - DISORDER_MS));
			return taken;
		},
		add(line) {
			const logged = parseLogLine(line, backends);
			if (logged === undefined) return;
			const {id, request} = logged;
			// A follower that begins anew is given all that the ring holds.
			const isOld = request.atMs < Math.max(fromMs, latestMs - DISORDER_MS);
			if (isOld || recent.has(id) || waiting.length >= MOST_WAITING) return;
			recent.set(id, request.atMs);
			latestMs = Math.max(latestMs, request.atMs);
			count++;
			waiting.push(request);
		},
	};
}

/**
 * Listens from the oldest line on: one that comes late misses nothing that the ring still holds. HAProxy keeps what is
 * listened to from being overwritten, so it must be read on; that happens in the background. Lines of another process
 * than the wanted one are not handed on.
 */
export function followRing(
	{socket, ring, wanted}: {socket: HaproxySocket; ring: string; wanted: string},
	onLine: (line: string) => void,
): RingFollower {
	let isOpen = true;
	let header = '';
	let incarnation: string | undefined;
	let settle: {resolve(life: string): void; reject(error: unknown): void} | undefined;
	const ready = new Promise<string>((resolve, reject) => {
		settle = {resolve, reject};
	});
	// It may fail while nobody waits for it; whoever asks is told.
	ready.catch(() => undefined);
	// Whether there is such a ring that may be read, then who answers, then the lines, without an end.
	const connection = socket.follow(`show events ${ring} -n;show info;show events ${ring} -w`, {
		line(text) {
			if (incarnation !== undefined) {
				if (incarnation === wanted) onLine(text);
				return;
			}
			header += `${text}\n`;
			incarnation = lifeOf(header);
			if (incarnation === undefined) return;
			clearTimeout(deadline);
			const problem = problemOf(header, ring, socket.where);
			if (problem === undefined) settle?.resolve(incarnation);
			else settle?.reject(problem);
		},
		end(error) {
			isOpen = false;
			clearTimeout(deadline);
			settle?.reject(error ?? (header === '' ? silent(socket.where) : notHaproxy(socket.where, header)));
		},
	});
	const deadline = setTimeout(connection.close, READY_MS);
	return {ready, isOpen: () => isOpen, close: connection.close};
}

function problemOf(header: string, ring: string, where: string): SastaError | undefined {
	if (/^Permission denied/m.test(header)) return levelTooLow(where);
	if (!/^No such event sink/m.test(header)) return undefined;
	return new SastaError('SPLITTER_UNKNOWN', `HAProxy at ${where} has no ring "${ring}"`, {
		exitCode: EXIT.outside,
		hint: 'Add the ring of templates/canary/haproxy.cfg and reload HAProxy, or leave out canary.splitter.ring for totals only',
	});
}
