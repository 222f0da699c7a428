import type {LoadedConfig} from '../kernel/config/load.js';
import {SastaError} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {LeaseHolder} from '../kernel/lease.js';
import {openWorld} from './world.js';

/**
 * Breaks the lease of a holder that is known to be dead, named by its id so that nobody breaks another's by mistake.
 * @returns the holder it was taken from; undefined when the lease is free
 * @throws SastaError LEASE_OTHER when somebody else holds it
 */
export async function unlockRelease(
	{loaded, id}: {loaded: LoadedConfig; id: string},
	host: Host,
): Promise<LeaseHolder | undefined> {
	const world = await openWorld(loaded, host);
	try {
		const state = await world.leaseStore.read();
		if (!state?.holder) return undefined;
		if (state.holder.id !== id) {
			throw new SastaError(
				'LEASE_OTHER',
				`The lease is not held by ${id} but by ${state.holder.id} ("${state.holder.command}" on ${state.holder.host})`,
				{
					hint: 'See who holds it: sastaops release status',
				},
			);
		}
		await world.leaseStore.release(id, state.token);
		return state.holder;
	} finally {
		await world.close();
	}
}
