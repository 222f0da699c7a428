import {errorCode, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type LogTailOptions, openLogTail} from './log-tail.js';
import type {ServedRequest, Side, SideTotals, TrafficReading} from './splitter.js';

/** What a line of an access log tells: a request, nothing of ours (`undefined`), or one of ours that cannot be read. */
export type ParsedLine = {readonly request: ServedRequest | undefined; readonly broken: number} | undefined;

export type LogObserver = {
	/** Counts on from the first call. */
	observe(): Promise<Pick<TrafficReading, 'totals' | 'served' | 'missed'>>;
	close(): Promise<void>;
};

export type LogObserverOptions = LogTailOptions & {
	readonly log: string;
	/** Whose log it is, for people. */
	readonly title: string;
	readonly parse: (line: string) => ParsedLine;
};

/** Reads requests from an access log, and sums them up. */
export function makeLogObserver(
	{log, title, parse, ...options}: LogObserverOptions,
	host: Pick<Host, 'monotonicMs'>,
): LogObserver {
	const tail = openLogTail(log, host, options);
	const totals: Record<Side, {requests: number; errors: number}> = {
		stable: {requests: 0, errors: 0},
		canary: {requests: 0, errors: 0},
	};
	return {
		async observe() {
			const {lines, lost} = await tail.read().catch((error: unknown) => {
				throw unreadable(log, title, error);
			});
			const served: ServedRequest[] = [];
			let missed = lost;
			for (const line of lines) {
				const parsed = parse(line);
				missed += parsed?.broken ?? 0;
				if (parsed?.request === undefined) continue;
				served.push(parsed.request);
				totals[parsed.request.side].requests++;
				if (isError(parsed.request)) totals[parsed.request.side].errors++;
			}
			return {totals: {stable: copy(totals.stable), canary: copy(totals.canary)}, served, missed};
		},
		close: () => tail.close(),
	};
}

function isError({status, isAborted}: ServedRequest): boolean {
	return !isAborted && (status === 0 || status >= 500);
}

function copy(totals: SideTotals): SideTotals {
	return {...totals};
}

function unreadable(log: string, title: string, cause: unknown): unknown {
	const code = errorCode(cause);
	if (typeof code !== 'string') return cause;
	const isAbsent = code === 'ENOENT';
	return new SastaError(
		isAbsent ? 'SPLITTER_UNKNOWN' : 'SPLITTER_UNREACHABLE',
		`The access log ${log} of ${title} ${isAbsent ? 'is not there' : `cannot be read (${code})`}`,
		{
			exitCode: EXIT.outside,
			cause,
			hint: isAbsent
				? 'Name it in canary.splitter.log as the proxy’s configuration does'
				: 'Let sastaops read it, by its group for instance',
		},
	);
}
