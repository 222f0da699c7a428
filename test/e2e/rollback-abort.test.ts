import {describe, expect, it, onTestFinished} from 'vitest';
import {startProduction} from '../support/production.js';
import {GSTIN_MIGRATION} from '../support/shop-files.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

/** 1.1.0 brought a contract migration; since then an order and a view were made. */
async function openShop(): Promise<ShopWorld> {
	const production = await startProduction();
	const shop = await makeShop({config: production.config, orders: 20});
	onTestFinished(async () => {
		await shop.close();
		await production.close();
	});
	await expectDone(shop, ['release', 'create', '1.0.0', '--yes', '--json']);
	await shop.commit('feat: gstin', {
		'migrations/0001-add-gstin.mjs': GSTIN_MIGRATION.replace("'expand'", "'contract'"),
	});
	await expectDone(shop, ['release', 'create', '1.1.0', '--yes', '--json']);
	const db = shop.mongo.db(shop.database);
	await db.collection('orders').insertOne({_id: 9001 as never, totalPaise: 129_900, createdAt: new Date()});
	await db.createCollection('paid', {viewOn: 'orders', pipeline: [{$match: {status: 'paid'}}]});
	return shop;
}

async function expectDone(shop: ShopWorld, args: readonly string[]): Promise<void> {
	const {exitCode, stdout, stderr} = await shop.sastaops(args);
	expect(exitCode, `${args.join(' ')}\n${stdout}\n${stderr}`).toBe(0);
}

async function liveData({mongo, database, snapshot}: ShopWorld) {
	const listed = await mongo.db(database).listCollections({}, {nameOnly: true}).toArray();
	const names = listed.map(({name}) => name).filter((name) => name !== 'sastaops_control');
	return {content: (await snapshot()).content, names: names.sort()};
}

const ROLLBACK = ['release', 'rollback', '1.0.0', '--yes', '--json'];
const ABORT = ['release', 'abort', '--yes', '--json'];

describe('aborting a rollback of data', () => {
	// What was restored is dropped by then: to switch back once more would drop what is live.
	it('leaves the live data alone when an abort that was killed is run again', async () => {
		const shop = await openShop();
		const live = await liveData(shop);
		const cut = await shop.sastaops([...ROLLBACK, '--confirm', shop.database], {SASTAOPS_FAULT: 'switch.after=kill'});
		expect(cut.signal).toBe('SIGKILL');
		const again = await shop.sastaops(ABORT, {SASTAOPS_FAULT: 'restore.undo.after=kill'});
		expect(again.signal).toBe('SIGKILL');

		await expectDone(shop, ABORT);

		expect(await liveData(shop)).toEqual(live);
	});

	it('leaves the views alone when nothing was switched yet', async () => {
		const shop = await openShop();
		const live = await liveData(shop);
		const cut = await shop.sastaops([...ROLLBACK, '--confirm', shop.database], {SASTAOPS_FAULT: 'switch.before=kill'});
		expect(cut.signal).toBe('SIGKILL');

		await expectDone(shop, ABORT);

		expect(await liveData(shop)).toEqual(live);
	});
});
