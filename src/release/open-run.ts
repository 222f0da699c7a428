import {SastaError} from '../kernel/errors.js';
import {holdLease} from '../kernel/hold-lease.js';
import type {Host} from '../kernel/host.js';
import {type Journal, reopenJournal} from '../kernel/journal/journal.js';
import {findOpenRun} from '../kernel/journal/open-run.js';
import type {Lease} from '../kernel/lease.js';
import {ignoreOwnFolder} from '../kernel/own-folder.js';
import {processStartedAt} from '../ports/process-table.js';
import type {World} from './world.js';

/** The open run, taken over: lease held, journal open for writing. */
export type TakenRun = {readonly lease: Lease; readonly journal: Journal};

/**
 * Takes over the open run for the time of `work`. Which run is open is read again once the lease is held.
 * @returns what `work` returns; undefined when no run is open
 * @throws SastaError LEASE_HELD, JOURNAL_DAMAGED, JOURNAL_DIVERGED
 */
export async function withOpenRun<T>(
	{world, command}: {world: World; command: string},
	host: Host,
	work: (taken: TakenRun) => Promise<T>,
): Promise<T | undefined> {
	if (!(await findOpenRun(world.runs, world.mirror))) return undefined;
	const lease = await holdLease(
		{store: world.leaseStore, command, processStartedAt: (pid) => processStartedAt(pid, host)},
		host,
	);
	try {
		const open = await findOpenRun(world.runs, world.mirror);
		if (!open) return undefined;
		await ignoreOwnFolder(world.git.root);
		const journal = await reopenJournal({folder: world.runs, run: open.run, lease, mirror: world.mirror}, host);
		try {
			return await work({lease, journal});
		} finally {
			await journal.close();
		}
	} finally {
		await lease.release();
	}
}

export function noOpenRun(): SastaError {
	return new SastaError('NO_OPEN_RUN', 'No run is open: there is nothing to resume', {
		hint: 'See the last one: sastaops release status',
	});
}
