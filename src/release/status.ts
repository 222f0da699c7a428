import type {LoadedConfig} from '../kernel/config/load.js';
import {livingHolder} from '../kernel/hold-lease.js';
import type {Host} from '../kernel/host.js';
import {listRuns} from '../kernel/journal/open-run.js';
import type {JournalRecord} from '../kernel/journal/record.js';
import type {LeaseHolder} from '../kernel/lease.js';
import {isDone} from '../kernel/steps.js';
import {processStartedAt} from '../ports/process-table.js';
import {isAborting} from './resume.js';
import {openWorld} from './world.js';

export type StepStatus = {
	readonly name: string;
	/** `stopped`: it was told to, and can go on. */
	readonly state: 'done' | 'begun' | 'undone' | 'failed' | 'stopped';
	/** The last error, as it was written down. */
	readonly message?: string;
};

export type RunStatus = {
	readonly run: string;
	readonly kind: string;
	readonly version: string;
	readonly state: 'open' | 'aborting' | 'completed' | 'aborted' | 'rolled-back';
	/** Milliseconds since the epoch. */
	readonly startedAt: number;
	readonly lastAt: number;
	readonly steps: readonly StepStatus[];
	/** Bytes of a record that a crash cut. */
	readonly tornBytes: number;
};

export type ReleaseStatus = {
	readonly open: RunStatus | undefined;
	/** The newest run that has ended. */
	readonly last: RunStatus | undefined;
	/** The run at work now; undefined when there is none, or it is known to be dead. */
	readonly holder: LeaseHolder | undefined;
};

/** Where things stand, by the journals and the lease; nothing is changed. */
export async function readStatus(loaded: LoadedConfig, host: Host): Promise<ReleaseStatus> {
	const world = await openWorld(loaded, host);
	try {
		const [runs, lease] = await Promise.all([listRuns(world.runs, world.mirror), world.leaseStore.read()]);
		const statuses = runs
			.filter(({journal}) => journal.records.length > 0)
			.map(({run, journal}) => runStatus(run, journal.records, journal.tornBytes));
		return {
			open: statuses.findLast(({state}) => state === 'open' || state === 'aborting'),
			last: statuses.findLast(({state}) => state !== 'open' && state !== 'aborting'),
			holder: await livingHolder(lease, {
				hostname: host.hostname,
				pid: host.pid,
				processStartedAt: (pid) => processStartedAt(pid, host),
			}),
		};
	} finally {
		await world.close();
	}
}

export function runStatus(run: string, records: readonly JournalRecord[], tornBytes: number): RunStatus {
	const plan = (records[0]?.data?.['plan'] ?? {}) as {kind?: string; version?: string};
	return {
		run,
		kind: plan.kind ?? 'unknown',
		version: plan.version ?? '',
		state: stateOf(records),
		startedAt: records[0]?.at ?? 0,
		lastAt: records.at(-1)?.at ?? 0,
		steps: stepStatuses(records),
		tornBytes,
	};
}

function stateOf(records: readonly JournalRecord[]): RunStatus['state'] {
	const last = records.at(-1);
	if (last?.type === 'end') return last.data?.['outcome'] as RunStatus['state'];
	return isAborting(records) ? 'aborting' : 'open';
}

function stepStatuses(records: readonly JournalRecord[]): StepStatus[] {
	const names = [...new Set(records.map(({step}) => step).filter((step) => step !== undefined))];
	return names.map((name): StepStatus => {
		const last = records.findLast(({step, type}) => step === name && type !== 'note');
		const message =
			last?.type === 'failed' && last.data?.['code'] !== 'INTERRUPTED' ? last.data?.['message'] : undefined;
		return {name, state: stateOfStep(records, name, last), ...(typeof message === 'string' ? {message} : {})};
	});
}

function stateOfStep(
	records: readonly JournalRecord[],
	name: string,
	last: JournalRecord | undefined,
): StepStatus['state'] {
	if (isDone(records, name)) return 'done';
	if (last?.type === 'undone') return 'undone';
	return last?.type === 'failed' ? (last.data?.['code'] === 'INTERRUPTED' ? 'stopped' : 'failed') : 'begun';
}
