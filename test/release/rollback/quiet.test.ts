import {describe, expect, it, onTestFinished} from 'vitest';
import {whileNobodyWrites} from '../../../src/release/rollback/quiet.js';
import {makeTestHost} from '../../support/host.js';
import {freshDatabase} from '../../support/mongo.js';

describe('whileNobodyWrites', () => {
	it('does the work again when somebody wrote meanwhile, and once is enough when nobody did', async () => {
		const {mongo, name, drop} = await freshDatabase();
		onTestFinished(drop);
		const orders = mongo.db(name).collection('orders');
		await orders.insertOne({first: true});
		let times = 0;

		const seen = await whileNobodyWrites({mongo, database: name, waitMs: 1}, makeTestHost(), async () => {
			times++;
			if (times === 1) await orders.insertOne({late: true});
			return orders.countDocuments();
		});

		expect({times, seen}).toEqual({times: 2, seen: 2});
	});

	it('gives up on a shop that does not stop, naming what it writes', async () => {
		const {mongo, name, drop} = await freshDatabase();
		onTestFinished(drop);
		const orders = mongo.db(name).collection('orders');
		await orders.insertOne({first: true});

		const stubborn = whileNobodyWrites({mongo, database: name, tries: 2, waitMs: 1}, makeTestHost(), () =>
			orders.insertOne({}),
		);

		await expect(stubborn).rejects.toMatchObject({code: 'WRITES_GO_ON', details: ['written: orders']});
	});
});
