import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {CONTRACT_CHECKS} from '../../../src/audit/checks/contract.js';
import {type AuditedShop, openAuditedShop} from './open-audited-shop.js';

const WORDS = ['auth', 'ratelimit', 'input', 'payments', 'webhooks', 'smoke'];

describe('the contract checks on the reference shop', () => {
	let world: AuditedShop;
	beforeAll(async () => {
		world = await openAuditedShop();
	});
	afterAll(() => world.close());

	it('all pass with every credential', async () => {
		const result = await world.audit(WORDS);
		const told = result.checks.map(({id, verdict, reason, evidence}) =>
			verdict === 'pass' ? `${id} pass` : `${id} ${verdict}: ${reason} ${evidence.join('; ')}`,
		);
		expect(told).toEqual(CONTRACT_CHECKS.map(({id}) => `${id} pass`));
		for (const {id, maxRequests} of CONTRACT_CHECKS)
			expect({id, sent: result.sent.filter(({check}) => check === id).length <= maxRequests}).toEqual({id, sent: true});
	});
});
