import {describe, expect, it} from 'vitest';
import {judgeMode, type ModeFacts, placeByHost, placeNamed} from '../../../../src/audit/checks/payments/mode.js';

const LIVE = 'rzp_live_Ab12Cd34Ef56Gh';
const TEST = 'rzp_test_Ab12Cd34Ef56Gh';
const facts = (change: Partial<ModeFacts>): ModeFacts => ({
	place: {kind: 'production', by: 'its health'},
	pages: [],
	own: undefined,
	hasOneSecret: false,
	...change,
});
const told = (change: Partial<ModeFacts>) =>
	judgeMode(facts(change)).map(({verdict, subject}) => (subject === undefined ? verdict : `${verdict} ${subject}`));

describe('payments.mode', () => {
	it.each<[string, Partial<ModeFacts>, string[]]>([
		['passes a live key in production', {pages: [LIVE], own: LIVE}, ['pass']],
		['fails a test key in production', {pages: [TEST]}, ['fail mode']],
		['fails a live key elsewhere', {pages: [LIVE], place: {kind: 'other', by: ''}}, ['fail mode']],
		['says nothing of a place that nobody knows', {pages: [LIVE], place: {kind: 'unknown', by: ''}}, ['skip']],
		['fails a page with another key than the shop', {pages: [LIVE], own: 'rzp_live_Zz12Cd34Ef56Gh'}, ['fail page key']],
		['fails one secret for both', {own: LIVE, hasOneSecret: true}, ['fail secrets']],
		['skips where no key is found', {}, ['skip']],
	])('%s', (_, change, expected) => {
		expect(told(change)).toEqual(expected);
	});

	it('never shows a whole id', () => {
		expect(JSON.stringify(judgeMode(facts({pages: [TEST], own: LIVE})))).not.toMatch(/Ab12Cd34/);
	});

	it.each([
		['shop.example', 'production'],
		['www.shop.co.in', 'production'],
		['staging.shop.example', 'other'],
		['shop-uat2.example', 'other'],
		['contest.example', 'production'],
		['localhost', 'unknown'],
		['127.0.0.1', 'unknown'],
		['[::1]', 'unknown'],
		['shop.test', 'unknown'],
		['shop.internal', 'unknown'],
	])('takes %s by its name for %s', (host, kind) => {
		expect(placeByHost(host).kind).toBe(kind);
	});

	it.each([
		['production', 'production'],
		['Prod', 'production'],
		['staging', 'other'],
		['preproduction', 'other'],
	])('takes an environment called %s for %s', (name, kind) => {
		expect(placeNamed(name, '').kind).toBe(kind);
	});
});
