import type {Command} from 'commander';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import {seedBlock} from './db-blocks.js';
import {confirmPlan, withLease, withShop} from './db-shop.js';
import type {Actions, Session} from './session.js';

export function addSeed(db: Command, actions: Actions): void {
	db.command('seed')
		.description('Make the documents of seeds/ be there, found by their keys')
		.option('--dry-run', 'count what is new and what would change, and stop')
		.action(actions.run(seed));
}

async function seed(session: Session, flags: {dryRun?: boolean}): Promise<Answer> {
	const {command, host} = session;
	const [{loadSeeds, planSeeds}, {applySeeds}] = await Promise.all([
		import('../migrate/seeds.js'),
		import('../migrate/apply-seeds.js'),
	]);
	return withShop(session, async (shop) => {
		const seeds = await loadSeeds(shop.seeds, host);
		const plan = await planSeeds(shop.db, seeds);
		const isDone = plan.every(({added, changed}) => added + changed === 0);
		if (flags.dryRun || isDone) {
			return {
				report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {dryRun: flags.dryRun === true, seeds: plan}},
				document: [
					seedBlock(plan, `Seeds of ${shop.config.name}`),
					{kind: 'text', text: isDone ? 'Everything is there already.' : 'Nothing was changed.'},
				],
			};
		}
		await confirmPlan(session, `Write ${plan.length} seeds into ${shop.config.name}?`);
		const applied = await withLease(session, shop, ({lease, run}) =>
			applySeeds({db: shop.db, lease, seeds, run, signal: host.signal}, host),
		);
		const after = await planSeeds(shop.db, seeds);
		const isComplete = after.every(({added, changed}) => added + changed === 0);
		return {
			report: {
				command,
				verdict: isComplete ? 'pass' : 'fail',
				exitCode: isComplete ? EXIT.ok : EXIT.no,
				data: {dryRun: false, applied, seeds: after},
			},
			document: [
				{
					kind: 'items',
					heading: `Seeds of ${shop.config.name}`,
					items: applied.map(({id, added, changed}) => ({
						mark: 'done',
						text: id,
						detail: `${added} added, ${changed} changed`,
					})),
				},
				...(isComplete ? [] : [seedBlock(after, 'Still not as the files say')]),
			],
		};
	});
}
