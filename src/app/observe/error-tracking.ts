import {errorMessage} from '../../kernel/errors.js';
import type {ShopHost} from '../shop.js';
import {addReport, type ErrorContext, type ErrorReport, makeReport} from './error-report.js';
import {fingerprintOf} from './fingerprint.js';

/** Where errors go. May fail and may be slow: nobody waits for it. */
export type ErrorSink = {
	readonly name: string;
	/** @param reports one for each cause since the last time */
	write(reports: readonly ErrorReport[], signal: AbortSignal): Promise<void>;
};

/** What a sink did not take, where that is not simply everything. */
export class SinkError extends Error {
	override readonly name = 'SinkError';
	/** To be tried again; what was refused for good is not among them. */
	readonly left: readonly ErrorReport[];

	constructor(message: string, left: readonly ErrorReport[]) {
		super(message);
		this.left = left;
	}
}

export type ErrorTracker = {
	/** Takes note of an error, at once and without waiting; gives its fingerprint. Never throws. */
	track(error: unknown, context: ErrorContext): string;
	/** Hands what was gathered to every sink. What one does not take is kept for it. Never rejects. */
	flush(): Promise<void>;
};

/** Causes kept for a sink that does not take them; a shop has dozens. The rest is counted as one. */
const MOST_CAUSES = 200;
const OVERFLOW = 'overflow';
const TIMEOUT_MS = 5000;

/**
 * Gathers errors by cause, so that a storm of them costs each sink one write in a while, and memory is bounded while a
 * sink is away.
 * @param onTrouble told once when a sink begins to fail
 */
export function openErrorTracker(
	sinks: readonly ErrorSink[],
	host: Pick<ShopHost, 'now' | 'redact'>,
	onTrouble: (message: string) => void,
): ErrorTracker {
	const backlogs = sinks.map((sink) => openBacklog(sink, onTrouble));
	return {
		track(error, context) {
			try {
				const report = makeReport(error, context, {nowMs: host.now(), redact: host.redact});
				for (const backlog of backlogs) backlog.add(report);
				return report.fingerprint;
			} catch {
				// An error whose own getters throw.
				return fingerprintOf(undefined, context.route);
			}
		},
		async flush() {
			await Promise.all(backlogs.map((backlog) => backlog.flush()));
		},
	};
}

function openBacklog(sink: ErrorSink, onTrouble: (message: string) => void) {
	let pending = new Map<string, ErrorReport>();
	let isTroubled = false;

	const add = (report: ErrorReport) => {
		const isKept = pending.has(report.fingerprint) || pending.size < MOST_CAUSES;
		const fingerprint = isKept ? report.fingerprint : OVERFLOW;
		const known = pending.get(fingerprint);
		pending.set(fingerprint, known ? {...addReport(known, report), fingerprint} : {...report, fingerprint});
	};
	return {
		add,
		async flush() {
			if (pending.size === 0) return;
			const taken = [...pending.values()];
			pending = new Map();
			try {
				await sink.write(taken, AbortSignal.timeout(TIMEOUT_MS));
				isTroubled = false;
			} catch (error) {
				for (const report of error instanceof SinkError ? error.left : taken) add(report);
				if (!isTroubled) onTrouble(`Errors do not reach ${sink.name}: ${errorMessage(error)}`);
				isTroubled = true;
			}
		},
	};
}
