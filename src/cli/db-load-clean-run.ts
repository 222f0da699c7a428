import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Item} from '../kernel/report.js';
import {findPlaces, type Leftover} from '../load/place.js';
import {openMongo} from '../ports/mongo.js';
import {processStartedAt} from '../ports/process-table.js';
import {hideSecret} from './db-load-options.js';
import type {Session} from './session.js';

/** A load on another machine may go on this long; older ones are believed dead. */
const OLD_MS = 24 * 3_600_000;

export async function cleanCommand(session: Session, flags: {uri?: string; all?: boolean}): Promise<Answer> {
	const {host, command} = session;
	hideSecret(flags.uri, host);
	const uri = flags.uri ?? (await configuredUri(session));
	const mongo = await openMongo(uri, host, {maxPoolSize: 2});
	try {
		const found = await findPlaces(mongo);
		if (found === undefined)
			throw new SastaError('LOAD_CLEAN_UNSEEN', 'This user may not list the databases of the server', {
				exitCode: EXIT.inconclusive,
				hint: 'Log in as a user that may, or drop the database by its name in mongosh',
			});
		const items: Item[] = [];
		const removed: string[] = [];
		const kept: string[] = [];
		for (const place of found) {
			const reason = flags.all === true ? undefined : await whyKept(place, host);
			if (reason === undefined) {
				await mongo.db(place.name).dropDatabase();
				removed.push(place.name);
				items.push({mark: 'done', text: place.name, detail: 'removed'});
			} else {
				kept.push(place.name);
				items.push({mark: 'pending', text: place.name, detail: reason});
			}
		}
		return {
			report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {removed, kept}},
			document: [
				{
					kind: 'title',
					text:
						found.length === 0 ? 'No load has left a database here' : `${removed.length} of ${found.length} removed`,
				},
				...(items.length === 0 ? [] : [{kind: 'items' as const, items}]),
				...(kept.length === 0
					? []
					: [{kind: 'next' as const, steps: [{label: 'Remove these too', command: 'sastaops db-load clean --all'}]}]),
			],
		};
	} finally {
		await mongo.close();
	}
}

async function whyKept({owner}: Leftover, host: Session['host']): Promise<string | undefined> {
	if (owner === undefined) return 'nothing says whose it is';
	const startedAt = owner.startedAt.toISOString().slice(0, 16).replace('T', ' ');
	if (owner.hostname === host.hostname)
		return (await processStartedAt(owner.pid, host)) === undefined
			? undefined
			: `process ${owner.pid} works in it since ${startedAt}`;
	return host.now() - owner.startedAt.getTime() > OLD_MS ? undefined : `of ${owner.hostname}, since ${startedAt}`;
}

export async function configuredUri(session: Session): Promise<string> {
	const {config} = await session.loadConfig();
	if (config.database !== 'none' && config.database.uri !== undefined) return config.database.uri;
	throw new SastaError('DATABASE_URI_MISSING', 'No database address is known', {
		exitCode: EXIT.usage,
		hint: 'Set MONGODB_URI, or give --uri',
	});
}
