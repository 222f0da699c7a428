import {relative} from 'node:path';
import {type CheckContext, makeContext, runChecks} from '../database/check.js';
import {CHECKS} from '../database/checks/all.js';
import {type BackupFacts, backupsCheck} from '../database/checks/backups.js';
import {probeCheck} from '../database/checks/probe.js';
import type {Answer} from '../kernel/report.js';
import {openMongo} from '../ports/mongo.js';
import {databaseAnswer} from './db-check-answers.js';
import {roleAnswer} from './db-role-answers.js';
import {type DatabaseTarget, readTarget, type TargetFlags} from './db-target.js';
import type {Session} from './session.js';

export type DbCheckFlags = TargetFlags & {
	readonly probe?: boolean;
	readonly strict?: boolean;
	readonly printRole?: boolean;
};

export async function dbCheck(session: Session, flags: DbCheckFlags): Promise<Answer> {
	const {host, command} = session;
	const target = await readTarget(session, flags);
	const {config, uri} = target;
	const startedMs = host.monotonicMs();
	const mongo = await openMongo(uri, host, {maxPoolSize: 8});
	try {
		const context: CheckContext = makeContext({mongo, uri, config, host});
		if (flags.printRole === true) return await roleAnswer(command, context);
		const results = await runChecks([...CHECKS, backupsCheck(() => readBackups(target, session))], context);
		// After the others, which would take its collection for the shop's.
		const proved = flags.probe === true ? await runChecks([probeCheck], context) : [];
		return databaseAnswer(command, [...results, ...proved], {
			uri,
			database: config.name,
			isStrict: flags.strict === true,
			tookMs: host.monotonicMs() - startedMs,
		});
	} finally {
		await mongo.close();
	}
}

async function readBackups({loaded, config}: DatabaseTarget, {host}: Session): Promise<BackupFacts> {
	const [{backupSettings}, {listStore}] = await Promise.all([
		import('../backup/open.js'),
		import('../backup/store.js'),
	]);
	const {store} = backupSettings(loaded);
	const {manifests, damaged} = await listStore(store);
	const newest = manifests.find(({database}) => database.name === config.name);
	return {
		store: relative(host.cwd, store) || store,
		database: config.name,
		damaged,
		newest:
			newest === undefined
				? undefined
				: {id: newest.id, createdMs: Date.parse(newest.createdAt), isVerified: newest.verified !== null},
	};
}
