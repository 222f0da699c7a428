import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';

const LEGAL = /^[A-Za-z0-9][A-Za-z0-9._-]{0,119}$/;

/** `2026-08-01T09-30-00Z-3fa9c1`, or with a label in the middle: sorts by time, and two in one second differ. */
export function makeBackupId(host: Pick<Host, 'now' | 'randomHex'>, label?: string): string {
	const time = new Date(host.now()).toISOString().slice(0, 19).replaceAll(':', '-');
	const middle = label === undefined ? '' : `-${label.replaceAll(/[^A-Za-z0-9._-]+/g, '-').slice(0, 60)}`;
	return assertBackupId(`${time}Z${middle}-${host.randomHex(3)}`);
}

/** Gives the id back. @throws SastaError BACKUP_ID for anything that could leave the store's folder */
export function assertBackupId(id: string): string {
	if (LEGAL.test(id) && !id.includes('..') && !id.endsWith('.')) return id;
	throw new SastaError('BACKUP_ID', `"${id}" cannot be the id of a backup`, {
		exitCode: EXIT.usage,
		hint: 'See the ids there are with sastaops backup list',
	});
}
