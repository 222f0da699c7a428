/** The maintenance switch in the shop's database: a backup never holds it, and a restore never moves it. */
export const CONTROL_COLLECTION = 'sastaops_control';

/** True for what belongs to the server, not to the shop; `system.js` holds the shop's own functions. */
export function isServerCollection(name: string): boolean {
	return name.startsWith('system.') && name !== 'system.js';
}
