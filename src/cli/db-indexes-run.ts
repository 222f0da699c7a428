import {createIndexes} from '../database/index-create.js';
import {type Duplicates, findDuplicates, readCollectionIndexes} from '../database/index-facts.js';
import {type IndexPlan, type IndexState, planIndexes} from '../database/index-plan.js';
import {nameOf} from '../database/indexes.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Answer} from '../kernel/report.js';
import {nearest} from '../kernel/suggest.js';
import {createdAnswer, nothingMissingAnswer, planAnswer, planBlocks, statusAnswer} from './db-indexes-answers.js';
import {confirmByName, confirmPlan, type DbShop, withLease, withShop} from './db-shop.js';
import type {Session} from './session.js';

export type CreateFlags = {readonly dryRun?: boolean; readonly replace?: string; readonly confirm?: string};

export async function indexesStatus(session: Session, collections: readonly string[]): Promise<Answer> {
	return withShop(session, async (shop) =>
		statusAnswer(session.command, shop.config.name, await readPlan(shop, collections)),
	);
}

export async function indexesPlan(session: Session, collections: readonly string[]): Promise<Answer> {
	return withShop(session, async (shop) => {
		const plan = await readPlan(shop, collections, session.host);
		return planAnswer(session.command, shop.config.name, plan);
	});
}

/** Plan, one question, then the lease, the indexes read again under it, the work, and a look at what is there. */
export async function indexesCreate(
	session: Session,
	collections: readonly string[],
	flags: CreateFlags,
): Promise<Answer> {
	const {command, host} = session;
	return withShop(session, async (shop) => {
		const {name} = shop.config;
		const plan = await readPlan(shop, collections, host);
		const replaced = replacedBy(plan, flags.replace);
		const open = plan.indexes.filter(({state}) => state !== 'present');
		const barred = open.filter((one) => one.obstacle !== undefined && one !== replaced);
		if (flags.dryRun) return planAnswer(command, name, plan, replaced);
		if (barred.length > 0) throw refused(barred, open);
		if (open.length === 0) return nothingMissingAnswer(command, name, plan);
		session.show(planBlocks(plan, replaced));
		// Who has typed the name of what goes has answered for the rest.
		if (replaced !== undefined) await confirmByName(session, flags.replace ?? '', flags.confirm);
		else
			await confirmPlan(
				session,
				`Make ${open.length === 1 ? 'this index' : `these ${open.length} indexes`} in ${name}?`,
			);

		const startedMs = host.monotonicMs();
		const results = await withLease(session, shop, ({lease}) =>
			createIndexes({db: shop.db, lease, indexes: open, replace: flags.replace}, host),
		);
		const after = await readPlan(shop, collections);
		return createdAnswer(command, name, {results, after, tookMs: host.monotonicMs() - startedMs});
	});
}

/** Without a host, doubles are not looked for: that reads whole collections. @throws SastaError USAGE */
async function readPlan(
	{db, config}: DbShop,
	collections: readonly string[],
	host?: Pick<Host, 'signal'>,
): Promise<IndexPlan> {
	const declared = Object.keys(config.indexes);
	for (const collection of collections) {
		if (declared.includes(collection)) continue;
		const near = nearest(collection, declared);
		throw new SastaError('USAGE', `database.indexes declares nothing for ${collection}`, {
			exitCode: EXIT.usage,
			hint: near === undefined ? `It has ${declared.join(', ') || 'no collection'}` : `Did you mean ${near}?`,
		});
	}
	const chosen = collections.length === 0 ? declared : declared.filter((name) => collections.includes(name));
	const facts = await Promise.all(chosen.map((name) => readCollectionIndexes(db, name, config.indexes[name] ?? [])));
	const duplicates = new Map<string, Duplicates>();
	if (host !== undefined) {
		const {indexes} = planIndexes(facts, () => undefined);
		for (const {collection, index, state, obstacle} of indexes) {
			const isReplaceable = obstacle?.kind === 'options';
			if (index.unique !== true || (state !== 'missing' && !isReplaceable)) continue;
			duplicates.set(`${collection}.${nameOf(index)}`, await findDuplicates(db, collection, index, host.signal));
		}
	}
	return planIndexes(facts, (collection, name) => duplicates.get(`${collection}.${name}`));
}

/** The index that stands in for the one named by --replace. @throws SastaError USAGE */
function replacedBy({indexes}: IndexPlan, replace: string | undefined): IndexState | undefined {
	if (replace === undefined) return undefined;
	const fitting = indexes.filter(({obstacle}) => obstacle?.kind === 'options' && obstacle.index?.name === replace);
	const [only] = fitting;
	if (fitting.length === 1 && only !== undefined) return only;
	throw new SastaError(
		'USAGE',
		`--replace ${replace} names ${fitting.length === 0 ? 'no index' : 'several indexes'} of other options`,
		{
			exitCode: EXIT.usage,
			hint:
				fitting.length === 0
					? 'See which there are with sastaops db indexes plan'
					: `Name the collection too: ${fitting.map(({collection}) => collection).join(' or ')}`,
		},
	);
}

function refused(barred: readonly IndexState[], open: readonly IndexState[]): SastaError {
	const free = [...new Set(open.filter((one) => !barred.includes(one)).map(({collection}) => collection))].filter(
		(collection) => !barred.some((one) => one.collection === collection),
	);
	const others = free.length === 0 ? '' : `; the others: sastaops db indexes create ${free.join(' ')}`;
	return new SastaError('INDEX_BARRED', 'Something stands in the way of indexes; nothing was changed', {
		exitCode: EXIT.refused,
		details: barred.flatMap(({collection, name, obstacle}) => [
			`${collection}.${name}: ${obstacle?.message}`,
			...(obstacle?.details ?? []).map((line) => `  ${line}`),
			...(obstacle?.mend ?? []).map((line) => `  mend   ${line}`),
		]),
		hint: `Clear it first${others}`,
	});
}
