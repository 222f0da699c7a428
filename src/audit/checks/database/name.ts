import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';
import type {Finding} from '../../verdict.js';

type Facts = {readonly name: string; readonly found: readonly string[]; readonly wanted: readonly string[]};

export const dbName = makeCheck<Facts>({
	...DATABASE_CHECK,
	id: 'db.name',
	title: 'The database of the configured name is the shop’s',
	severity: 'high',
	why: 'MongoDB makes a database of any name at the first write: a shop with a typing error runs, on an empty one.',
	fix: 'set database.name of sastaops.yaml, and DATABASE_NAME of the shop, to the right one',
	references: [],
	async gather(context) {
		const {db, config} = await openDatabase(context);
		const listed = await db.listCollections({}, {nameOnly: true}).toArray();
		return {name: config.name, found: listed.map(({name}) => name), wanted: Object.keys(config.indexes)};
	},
	judge: judgeName,
});

export function judgeName({name, found, wanted}: Facts): Finding {
	if (found.length === 0) return {verdict: 'fail', reason: `the database ${name} is empty, or not there`};
	const missing = wanted.filter((collection) => !found.includes(collection));
	return missing.length === 0
		? {verdict: 'pass', reason: `${name} has the shop's collections`}
		: {
				verdict: 'fail',
				reason: `the database ${name} has no collection ${missing.join(', ')}`,
				evidence: found.slice(0, 20),
			};
}
