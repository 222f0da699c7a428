import {judgeRights} from '../../database/privileges.js';
import {formatBytes} from '../../kernel/duration.js';
import type {ReleaseFacts} from '../facts/gather.js';
import {fail, inconclusive, type Judgement, PASS, type PreflightCheck, skip, warn} from './check.js';

const NO_DATABASE = 'database: none; with one, data is backed up before anything changes';

/** A backup may grow while it is written, and other things need room too. */
const SPACE_FACTOR = 1.2;

export const DATABASE_CHECKS: readonly PreflightCheck[] = [
	{
		id: 'db.reachable',
		title: 'The database answers',
		judge({database, databaseError}) {
			if (databaseError) return fail(databaseError.message, databaseError.hint);
			return database ? {verdict: 'pass', evidence: [`MongoDB ${database.serverVersion}`]} : skip(NO_DATABASE);
		},
	},
	{
		id: 'db.name',
		title: 'The database has the right name',
		judge: onDatabase(({name, collections, otherDatabases}) => {
			if (collections.length > 0) return PASS;
			const others = otherDatabases.length > 0 ? `; there are ${otherDatabases.slice(0, 5).join(', ')}` : '';
			return fail(
				`${name} has no collections${others}`,
				'Set database.name in sastaops.yaml; for a new shop, start it once so that it makes its indexes',
			);
		}),
	},
	{
		id: 'db.rights',
		title: 'The database user may do what a release needs',
		judge(facts) {
			const {database, data} = facts;
			if (!database || !data) return notLookedAt(facts);
			const shop = judgeRights(database.identity, database.name);
			const state = judgeRights(data.stateIdentity, 'sastaops_state');
			if (shop.canWrite === 'no')
				return fail(
					`${database.identity.user} may not read, write and create indexes in ${database.name}`,
					`Grant readWrite on ${database.name}`,
				);
			if (state.canWrite === 'no')
				return fail(
					`${data.stateIdentity.user} may not write to the state database`,
					'Grant readWrite on sastaops_state, or name another by database.state',
				);
			return shop.canWrite === 'unknown' ? warn('the server does not tell what this user’s roles allow') : PASS;
		},
	},
	{
		id: 'db.least-privilege',
		title: 'The database user may do no more than that',
		judge: onDatabase(({identity, name}) => {
			if (identity.user === undefined)
				return warn(
					'the server asks for no password: anybody who reaches it may do anything',
					'Turn access control on (security.authorization)',
				);
			const {excessive} = judgeRights(identity, name);
			return excessive.length === 0
				? PASS
				: warn(
						`${identity.user} is ${excessive.join(', ')}`,
						`Use a user that has readWrite on ${name} and sastaops_state only`,
					);
		}),
	},
	{
		id: 'backup.space',
		title: 'There is room for the backup',
		judge(facts) {
			const {data} = facts;
			if (!data) return notLookedAt(facts);
			const need = data.estimate.bytes * SPACE_FACTOR;
			const seen = `about ${formatBytes(data.estimate.bytes)} before compression, ${formatBytes(data.freeBytes)} free`;
			return data.freeBytes >= need
				? {verdict: 'pass', evidence: [seen]}
				: fail(seen, 'Make room, or point backup.store at a larger disk');
		},
	},
	{
		id: 'backup.tool',
		title: 'The backup tool is there',
		judge(facts, {backup}) {
			const {data, database} = facts;
			if (!data || !database) return notLookedAt(facts);
			if (data.mongodumpVersion !== undefined) return {verdict: 'pass', evidence: [data.mongodumpVersion]};
			if (backup.engine === 'mongodump')
				return fail('mongodump cannot be run', 'Install the MongoDB Database Tools, or set backup.engine to builtin');
			return {
				verdict: 'pass',
				evidence: [
					database.isReplicaSet
						? 'the built-in engine, from one snapshot'
						: 'the built-in engine; a standalone server has no snapshots',
				],
			};
		},
	},
	{
		id: 'migrations.state',
		title: 'The migrations fit the database',
		judge(facts) {
			const {data} = facts;
			if (!data) return notLookedAt(facts);
			if (data.scriptError) return fail([data.scriptError.message, ...data.scriptError.details], data.scriptError.hint);
			const problems = data.migrations?.plan.problems ?? [];
			const errors = problems.filter(({severity}) => severity === 'error');
			if (errors.length > 0)
				return fail(
					errors.map(({message, mend}) => `${message}. ${mend}`),
					'sastaops db migrate status',
				);
			return problems.length > 0
				? warn(
						problems.map(({message}) => message),
						problems[0]?.mend,
					)
				: PASS;
		},
	},
	{
		id: 'migrations.lint',
		title: 'The pending migrations are safe',
		judge(facts) {
			const {data} = facts;
			if (!data) return notLookedAt(facts);
			if (!data.migrations) return inconclusive('the migrations cannot be read');
			const findings = data.migrations.lint;
			const evidence = findings.map(({migration, message, mend}) => `${migration}: ${message}. ${mend}`);
			if (findings.some(({severity}) => severity === 'error')) return fail(evidence, 'sastaops db migrate lint');
			return findings.length > 0 ? warn(evidence) : PASS;
		},
	},
];

function onDatabase(judge: (database: NonNullable<ReleaseFacts['database']>) => Judgement): PreflightCheck['judge'] {
	return (facts) => (facts.database ? judge(facts.database) : notLookedAt(facts));
}

/** Told once, by db.reachable. */
function notLookedAt({databaseError}: ReleaseFacts): Judgement {
	return skip(databaseError ? 'the database was not reached' : NO_DATABASE);
}
