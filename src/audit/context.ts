import type {LoadedConfig} from '../kernel/config/load.js';
import type {Host} from '../kernel/host.js';
import type {Site} from './site.js';
import type {AuditTarget} from './target.js';

/** What the user allowed beyond reading. */
export type Permissions = {
	/** `--active`: sends data that can only be refused. */
	readonly active: boolean;
	/** `--staging`: makes unpaid orders and test accounts; never with live keys, unless `--i-know-this-is-live`. */
	readonly staging: boolean;
	readonly knowsItIsLive: boolean;
};

/** What a check is given. */
export type AuditContext = {
	/** Undefined where no domain is known: checks of the target are skipped. */
	readonly target: AuditTarget | undefined;
	/** What this check sends goes through here. @throws Error when there is no target: a bug */
	readonly site: Site;
	readonly permissions: Permissions;
	readonly loaded: LoadedConfig;
	readonly host: Host;
	/**
	 * What several checks need is made once, by whoever asks first; `name` says what. Errors are shared too: what cannot be
	 * reached is inconclusive for all who need it.
	 */
	shared<T>(name: string, make: () => Promise<T>): Promise<T>;
	/** Runs when all checks are done, whatever became of them: closes what `shared` has opened. */
	atEnd(close: () => Promise<void>): void;
};

/** The target of a check that is skipped without one. */
export function targetOf({target}: AuditContext): AuditTarget {
	if (target === undefined) throw new Error('a check of the target ran without one');
	return target;
}
