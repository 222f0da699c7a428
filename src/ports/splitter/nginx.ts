import {resolve} from 'node:path';
import {isSastaError, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {makeLogObserver} from './log-observe.js';
import {changeSplit, type NginxHost, type NginxSettings} from './nginx-change.js';
import {readIfThere} from './nginx-file.js';
import {parseNginxLine} from './nginx-log.js';
import {type RunningSplit, readRunning} from './nginx-running.js';
import {type NginxSplit, parseSplit, stateOf} from './nginx-split.js';
import type {Splitter, SplitterState} from './splitter.js';
import {refuseNonsense, type WantedSplit, weightOf} from './wanted-split.js';

export type NginxOptions = {
	/** The split file, included by nginx.conf, written by sastaops alone; relative to the host's `cwd`. */
	readonly file: string;
	/** The access log of the template. */
	readonly log: string;
	/** Where nginx tells what it runs. @default http://127.0.0.1:8099/sastaops-split */
	readonly status?: string;
	/** @default nginx -t -q */
	readonly test?: readonly string[];
	/** @default nginx -s reload */
	readonly reload?: readonly string[];
	/** How long a reload may take. @default 15000 */
	readonly reloadTimeoutMs?: number;
};

/** A renewal is a reload: new workers, while the old ones finish what they have, and WebSockets stay on old ones. */
const SHORTEST_LEASE_MS = 300_000;

/** How far nginx’s clock may be set back before the lease stops to count. */
const CLOCK_MS = 60_000;

/** Opens an nginx that is set up as templates/canary/nginx.conf says. It is not asked anything yet. */
export function openNginx(options: NginxOptions, host: NginxHost): Splitter {
	const file = resolve(host.cwd, options.file);
	const log = resolve(host.cwd, options.log);
	const title = `nginx with ${file}`;
	const settings: NginxSettings = {
		file,
		title,
		status: options.status ?? 'http://127.0.0.1:8099/sastaops-split',
		test: options.test ?? ['nginx', '-t', '-q'],
		reload: options.reload ?? ['nginx', '-s', 'reload'],
		reloadTimeoutMs: options.reloadTimeoutMs ?? 15_000,
	};
	const observer = makeLogObserver({log, title, parse: parseNginxLine}, host);
	return {
		kind: 'nginx',
		title,
		isSticky: true,
		shortestLeaseMs: SHORTEST_LEASE_MS,
		read: () => readState(settings),
		set: (wanted) => set(settings, wanted, host),
		async observe() {
			const {split, nowMs} = await readRunning(settings.status);
			return {atMs: nowMs, incarnation: split.life, ...(await observer.observe())};
		},
		revert: () => revert(settings, host),
		close: () => observer.close(),
	};
}

async function readState(settings: NginxSettings): Promise<SplitterState> {
	const [{split, nowMs}, onDisk] = await Promise.all([readRunning(settings.status), readFileSplit(settings)]);
	const state = stateOf(split, nowMs);
	if (onDisk.generation === split.generation) return state;
	const next = stateOf(onDisk, nowMs);
	const then = next.leaseMs === 0 ? 0 : next.share * 100;
	return {
		...state,
		doubt: `${settings.file} is not what nginx runs: it was not reloaded after the last change, and the next reload takes the canary to ${then} %`,
	};
}

async function readFileSplit({file, title}: NginxSettings): Promise<NginxSplit> {
	const content = await readIfThere(file);
	const split = parseSplit(content?.toString() ?? '');
	if (split !== undefined) return split;
	const isAbsent = content === undefined;
	throw new SastaError(
		'SPLITTER_UNKNOWN',
		`${file} ${isAbsent ? 'is not there' : 'was changed by another hand'}: what the next reload of nginx does is not known`,
		{
			exitCode: EXIT.outside,
			details: [title],
			hint: `Copy templates/canary/split.conf there${isAbsent ? ', and include it in nginx.conf' : ', or: sastaops canary abort'}`,
		},
	);
}

async function set(settings: NginxSettings, wanted: WantedSplit, host: NginxHost): Promise<SplitterState> {
	refuseNonsense(wanted, settings.title);
	const [{split, nowMs}] = await Promise.all([readRunning(settings.status), readFileSplit(settings)]);
	const endS = Math.floor((nowMs + wanted.leaseMs) / 1000);
	const hasLease = wanted.leaseMs > 0 && endS * 1000 > nowMs;
	const next: NginxSplit = {
		generation: host.randomHex(8),
		life: split.life,
		weight: weightOf(wanted.share),
		fromS: hasLease ? Math.floor((nowMs - CLOCK_MS) / 1000) : 0,
		endS: hasLease ? endS : 0,
		owner: wanted.owner,
	};
	return proved(await changeSplit(settings, next, {isRevert: false}, host));
}

/** Needs no clock, and nothing that can be read: from whatever state, 0 % is written and loaded. */
async function revert(settings: NginxSettings, host: NginxHost): Promise<SplitterState> {
	let life = host.randomHex(8);
	let silence: SastaError | undefined;
	try {
		({life} = (await readRunning(settings.status)).split);
	} catch (error) {
		if (!isSastaError(error)) throw error;
		silence = error;
	}
	const next: NginxSplit = {generation: host.randomHex(8), life, weight: 0, fromS: 0, endS: 0, owner: undefined};
	try {
		return proved(await changeSplit(settings, next, {isRevert: true}, host));
	} catch (error) {
		const isWritten = parseSplit(await contentOf(settings))?.generation === next.generation;
		throw silence !== undefined && isWritten ? unproved(silence, settings) : error;
	}
}

/** nginx is down, or tells nothing: that matters more than that it could not be reloaded. */
function unproved({code, message, hint, cause, exitCode}: SastaError, {file}: NginxSettings): SastaError {
	return new SastaError(code, message, {
		exitCode,
		cause,
		details: [`${file} says 0 %, which its next start or reload takes up`],
		...(hint === undefined ? {} : {hint}),
	});
}

async function contentOf({file}: NginxSettings): Promise<string> {
	return (await readIfThere(file))?.toString() ?? '';
}

function proved({split, nowMs}: RunningSplit): SplitterState {
	return stateOf(split, nowMs);
}
