import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import type {AuditResult} from '../../../src/audit/result.js';
import {IS_FULL} from '../../support/sweep.js';
import {MUTATIONS} from './mutations.js';
import {type AuditedShop, openAuditedShop} from './open-audited-shop.js';

const ALL = ['auth', 'ratelimit', 'input', 'payments', 'webhooks', 'smoke'];

describe('a shop with one thing wrong', () => {
	let world: AuditedShop;
	beforeAll(async () => {
		world = await openAuditedShop();
	});
	afterAll(() => world.close());

	it.each(MUTATIONS)('$name: $found', async ({groups, found, make, config}) => {
		// What a mutation does not touch asks as it asks the shop that is right; a full run asks it all the same.
		const result = await world.audit(IS_FULL ? ALL : groups, {mutation: make?.(world.tokens), config});
		expect({found: foundIn(result), told: bad(result)}).toEqual({found, told: expect.anything()});
	});
});

function foundIn({checks}: AuditResult): string[] {
	return checks.filter(({verdict}) => verdict === 'fail' || verdict === 'warn').map(({id}) => id);
}

function bad({checks}: AuditResult): string[] {
	return checks
		.filter(({verdict}) => verdict !== 'pass')
		.map(({id, verdict, reason, evidence}) => `${id} ${verdict}: ${reason} (${evidence.join('; ')})`);
}
