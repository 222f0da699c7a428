import type {Ask} from '../../canary/events.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {openWorld, type World} from '../world.js';
import {findCanary, noCanary, type OpenCanary} from './find.js';
import {openAsks} from './open.js';

/**
 * Leaves word for whoever watches the open canary, on this machine or another.
 * @throws SastaError NO_CANARY; NOBODY_WATCHES when nobody would read it
 */
export async function askOfCanary(
	{loaded, ask}: {loaded: LoadedConfig; ask: Exclude<Ask, 'abort'>},
	host: Host,
): Promise<OpenCanary> {
	const world = await openWorld(loaded, host);
	try {
		const open = await findCanary(world, host);
		if (open === undefined) throw noCanary();
		if (open.holder === undefined) {
			throw new SastaError('NOBODY_WATCHES', `Nobody watches the canary of ${open.plan.version}`, {
				exitCode: EXIT.stopped,
				hint: 'Go on with it first: sastaops canary resume; or take it back: sastaops canary abort',
			});
		}
		await postAsk(world, open, ask, host);
		return open;
	} finally {
		await world.close();
	}
}

export async function postAsk(world: World, {plan}: OpenCanary, ask: Ask, host: Host): Promise<void> {
	await openAsks(world).post(plan.run, {id: host.randomHex(6), ask, by: `${host.hostname} (pid ${host.pid})`});
}
