import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {countWords} from './words.js';

export type Target = {
	/** Names of its hosts, without ports. */
	readonly hosts: readonly string[];
	readonly isOnThisMachine: boolean;
	/** It is the server that the configuration names as the shop's. */
	readonly isConfigured: boolean;
	/** The shop's own database is there, with this many orders and products; 0 where it is not. */
	readonly shopDocuments: number;
	/** A tier of Atlas that is throttled and shared, M0 or Flex. */
	readonly isSharedTier: boolean;
};

/** Of Atlas M0, whose 100 operations a second are followed by pauses (facts of MongoDB's limits page, M0). */
const SHARED_TIER_RATE = 80;

/**
 * Refuses what could hurt customers: a load goes to a server that serves a shop only when somebody says that they know.
 * A server on this machine is a developer's own. Pure.
 * @throws SastaError LOAD_PRODUCTION, LOAD_SHARED_TIER; nothing was sent
 */
export function assertSafeTarget(
	target: Target,
	{rate, knows}: {readonly rate: number; readonly knows: boolean},
): void {
	const where = target.hosts.join(', ');
	if (target.isSharedTier && rate > SHARED_TIER_RATE)
		throw new SastaError(
			'LOAD_SHARED_TIER',
			`${where} is a shared tier of Atlas, throttled at 100 operations a second`,
			{
				exitCode: EXIT.refused,
				hint: `Ask for at most --rate ${SHARED_TIER_RATE}, or load a dedicated cluster`,
			},
		);
	if (knows || target.isOnThisMachine) return;
	const reason = target.isConfigured
		? 'it is the server that the configuration names as the shop’s'
		: target.shopDocuments > 0
			? `the shop’s database is on it, with ${countWords(target.shopDocuments)} documents`
			: undefined;
	if (reason === undefined) return;
	throw new SastaError('LOAD_PRODUCTION', `${where} may be production: ${reason}`, {
		exitCode: EXIT.refused,
		hint: 'Load a server of its own with --uri; where this is one, add --i-know',
	});
}
