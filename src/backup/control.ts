import {CONTROL_COLLECTION} from '../kernel/control-collection.js';

/** What a rollback restores beside the live collections, and what it moves out of their way, until it is over. */
export const STAGING_PREFIXES = {staged: 'sastaops_restore_', before: 'sastaops_before_'} as const;

/** True for the switch and for what a rollback is working on: neither is the shop's data. */
export function isControlCollection(name: string): boolean {
	return name === CONTROL_COLLECTION || Object.values(STAGING_PREFIXES).some((prefix) => name.startsWith(prefix));
}

/** True for what belongs to the server, not to the shop; `system.js` holds the shop's own functions. */
export function isServerCollection(name: string): boolean {
	return name.startsWith('system.') && name !== 'system.js';
}
