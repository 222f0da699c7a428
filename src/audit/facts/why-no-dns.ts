import {isIpAddress} from '../../ports/web/address.js';
import {findRule} from '../../ports/web/route.js';
import type {AuditContext} from '../context.js';

/** Why DNS is not asked about the target. */
export function whyNoDns({target, site}: AuditContext): string | undefined {
	if (target === undefined) return undefined;
	const bare = target.host.replace(/^\[(.*)\]$/, '$1');
	if (isIpAddress(bare)) return `${bare} is an address: no DNS is asked for it`;
	if (bare === 'localhost' || bare.endsWith('.localhost')) return `${bare} is this machine: no DNS is asked for it`;
	if (findRule(site.route.rules, bare, target.port) !== undefined)
		return '--resolve says where the host is: DNS is not asked';
	return undefined;
}
