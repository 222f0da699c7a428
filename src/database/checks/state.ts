import {errorMessage, isSastaError} from '../../kernel/errors.js';
import {livingHolder} from '../../kernel/hold-lease.js';
import type {LeaseHolder} from '../../kernel/lease.js';
import {openMongo} from '../../ports/mongo.js';
import {openMongoLease} from '../../ports/mongo-lease.js';
import {processStartedAt} from '../../ports/process-table.js';
import {type CheckContext, makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {type Allowed, isAllowed, readGrants} from '../grants.js';
import {readIdentity} from '../privileges.js';
import {whyUnavailable} from '../refused.js';

export type StateFacts = {
	readonly shop: string;
	readonly name: string;
	/** On the shop's own server. */
	readonly isSameServer: boolean;
	readonly state:
		| {readonly unreachable: string}
		| {readonly unavailable: string}
		| {
				readonly canWrite: Allowed;
				readonly holder: LeaseHolder | undefined;
				/** The holder is known to be dead: its lease is followed at once. */
				readonly isDead: boolean;
				readonly remainingMs: number;
		  };
};

export const stateCheck = makeCheck<StateFacts>({
	id: 'state',
	title: 'The state of releases is kept apart from the shop’s data, and nothing stands in its way',
	async gather(context) {
		const {uri, config} = context;
		const stateUri = config.state.uri ?? uri;
		return {
			shop: config.name,
			name: config.state.name,
			isSameServer: stateUri === uri,
			state: await readState(context, stateUri),
		};
	},
	judge: (facts) => [judgeState(facts)],
});

async function readState({mongo, uri, config, host}: CheckContext, stateUri: string): Promise<StateFacts['state']> {
	try {
		const other = stateUri === uri ? undefined : await openMongo(stateUri, host, {maxPoolSize: 2});
		try {
			const db = (other ?? mongo).db(config.state.name);
			const identity = await readIdentity(db);
			const canWrite =
				identity.user === undefined
					? 'yes'
					: isAllowed(await readGrants(db, identity), 'update', {db: config.state.name});
			const lease = await openMongoLease(db, config.name).read();
			const alive = await livingHolder(lease, {
				hostname: host.hostname,
				pid: host.pid,
				processStartedAt: (pid) => processStartedAt(pid, host),
			});
			const holder = lease?.holder;
			return {
				canWrite,
				holder,
				isDead: holder !== undefined && alive === undefined,
				remainingMs: lease?.remainingMs ?? 0,
			};
		} finally {
			await other?.close();
		}
	} catch (error) {
		const why = whyUnavailable(error);
		if (why !== undefined) return {unavailable: why};
		if (isSastaError(error)) return {unreachable: host.redact(errorMessage(error))};
		throw error;
	}
}

export function judgeState({shop, name, isSameServer, state}: StateFacts): DatabaseFinding {
	if (isSameServer && shop === name) {
		return {
			verdict: 'fail',
			reason: `the state is kept in ${name}, the shop's own database: a restore would move it back in time`,
			mend: ['Set database.state.name to another, such as sastaops_state'],
		};
	}
	if ('unreachable' in state)
		return {
			verdict: 'fail',
			reason: `the state database is not reached: ${state.unreachable}`,
			mend: ['Mend database.state.uri'],
		};
	if ('unavailable' in state || state.canWrite === 'no') {
		return {
			verdict: 'warn',
			reason: `this user may not write ${name}, so it can make no release`,
			mend: ['sastaops db check --print-role'],
		};
	}
	if (state.holder !== undefined && !state.isDead) {
		const {command, host, pid} = state.holder;
		return {
			verdict: 'pass',
			reason: `${name} is there; a run is at work: ${command} on ${host} (process ${pid})`,
		};
	}
	if (state.holder !== undefined) {
		return {
			verdict: 'warn',
			reason: `a run that died holds the lease: ${state.holder.command} (process ${state.holder.pid})`,
			evidence: ['the next command takes it over'],
			mend: ['sastaops release status'],
		};
	}
	return {verdict: 'pass', reason: `${name} is apart from ${shop}, and nobody holds the lease`};
}
