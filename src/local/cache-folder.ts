import {homedir} from 'node:os';
import {join} from 'node:path';
import type {Host} from '../kernel/host.js';

/** Where large parts that can be fetched again are kept for this user: `$XDG_CACHE_HOME/sastaops`, or ~/.cache/sastaops. */
export function cacheFolder({env}: Pick<Host, 'env'>): string {
	return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'sastaops');
}
