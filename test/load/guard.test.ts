import {describe, expect, it} from 'vitest';
import {assertSafeTarget, type Target} from '../../src/load/guard.js';

const ELSEWHERE: Target = {
	hosts: ['db.example.com'],
	isOnThisMachine: false,
	isConfigured: false,
	shopDocuments: 0,
	isSharedTier: false,
};

function outcome(target: Partial<Target>, {rate = 50, knows = false} = {}): string {
	try {
		assertSafeTarget({...ELSEWHERE, ...target}, {rate, knows});
		return 'goes on';
	} catch (error) {
		return (error as {code: string}).code;
	}
}

describe('a load', () => {
	it.each([
		['goes to an empty server elsewhere', {}, {}, 'goes on'],
		['is kept from the configured server', {isConfigured: true}, {}, 'LOAD_PRODUCTION'],
		['is kept from a server that has the shop', {shopDocuments: 41_208}, {}, 'LOAD_PRODUCTION'],
		['goes there when somebody knows', {isConfigured: true, shopDocuments: 9}, {knows: true}, 'goes on'],
		['goes to a developer’s own server', {isConfigured: true, shopDocuments: 9, isOnThisMachine: true}, {}, 'goes on'],
		['is kept from a throttled tier at a high rate', {isSharedTier: true}, {rate: 81}, 'LOAD_SHARED_TIER'],
		['goes to a throttled tier at a low one', {isSharedTier: true}, {rate: 80}, 'goes on'],
		[
			'is kept from a throttled tier even when somebody knows',
			{isSharedTier: true},
			{rate: 500, knows: true},
			'LOAD_SHARED_TIER',
		],
	] as const)('%s', (_, target, terms, expected) => {
		expect(outcome(target, terms)).toBe(expected);
	});
});
