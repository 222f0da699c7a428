import {nearest} from '../../kernel/suggest.js';
import {type CheckContext, makeCheck} from '../check.js';
import {type DatabaseFinding, unavailable} from '../finding.js';
import {askIfAllowed} from '../refused.js';
import {someOf} from '../some-of.js';

export type NameFacts = {
	readonly name: string;
	/** Undefined where this user may not see them. */
	readonly found: readonly string[] | undefined;
	/** Collections the shop needs. */
	readonly wanted: readonly string[];
	/** Other databases with how many of the wanted collections each has; undefined where they are not told. */
	readonly others: readonly {readonly name: string; readonly has: number}[] | undefined;
};

/** More databases than this are not looked into. */
const MOST_LOOKED_INTO = 30;

/** Databases of db-load look like a shop's, and are gone tomorrow. */
const OF_LOADS = 'sastaops_load_';

const OF_THE_SERVER = new Set(['admin', 'local', 'config']);

export const nameCheck = makeCheck<NameFacts>({
	id: 'name',
	title: 'The database of this name is the shop’s',
	async gather(context) {
		const {config} = context;
		const collections = await context.collections();
		const found = 'value' in collections ? collections.value.map(({name}) => name) : undefined;
		const wanted = Object.keys(config.indexes);
		const isWhole = found !== undefined && wanted.every((collection) => found.includes(collection));
		return {name: config.name, found, wanted, others: isWhole ? [] : await readOthers(context, wanted)};
	},
	judge: (facts) => [judgeName(facts)],
});

async function readOthers({mongo, config}: CheckContext, wanted: readonly string[]) {
	const listed = await askIfAllowed(() =>
		mongo.db('admin').admin().listDatabases({nameOnly: true, authorizedDatabases: true}),
	);
	if ('unavailable' in listed) return undefined;
	const names = listed.value.databases
		.map(({name}) => name)
		.filter((name) => name !== config.name && !OF_THE_SERVER.has(name) && !name.startsWith(OF_LOADS))
		.slice(0, MOST_LOOKED_INTO);
	return Promise.all(
		names.map(async (name) => {
			const inside = await askIfAllowed(() =>
				mongo.db(name).listCollections({}, {nameOnly: true, authorizedCollections: true}).toArray(),
			);
			const there = new Set('value' in inside ? inside.value.map((collection) => collection.name) : []);
			return {name, has: wanted.filter((collection) => there.has(collection)).length};
		}),
	);
}

export function judgeName({name, found, wanted, others}: NameFacts): DatabaseFinding {
	if (found === undefined) return unavailable('this user may not see which collections there are');
	const missing = wanted.filter((collection) => !found.includes(collection));
	if (found.length > 0 && missing.length === 0) return {verdict: 'pass', reason: `${name} has the shop's collections`};
	const meant = meantBy(name, wanted, others);
	return {
		verdict: 'fail',
		reason:
			found.length === 0
				? `the database ${name} is empty, or not there`
				: `the database ${name} has no collection ${missing.join(', ')}`,
		evidence: [
			...(meant === undefined ? [] : [meant.why]),
			...(found.length > 0 && meant === undefined ? [`it has ${someOf(found)}`] : []),
			...(others === undefined ? ['whether another database is meant is not told to this user'] : []),
		],
		mend: [
			meant === undefined
				? 'Set database.name; for a new shop, start it once so that it makes its collections'
				: `Set database.name to ${meant.name}, in sastaops.yaml and in the shop`,
		],
	};
}

function meantBy(name: string, wanted: readonly string[], others: NameFacts['others']) {
	const known = others ?? [];
	const sameLetters = known.find((other) => other.name.toLowerCase() === name.toLowerCase());
	if (sameLetters !== undefined)
		return {name: sameLetters.name, why: `${sameLetters.name} is there: it differs in capital letters only`};
	const most = Math.max(0, ...known.map(({has}) => has));
	if (most === 0) return undefined;
	const fullest = known.filter(({has}) => has === most).map((other) => other.name);
	const best = nearest(name, fullest) ?? fullest[0] ?? '';
	return {name: best, why: `${best} has ${most} of the ${wanted.length} collections the shop needs`};
}
