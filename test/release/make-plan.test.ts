import {describe, expect, it} from 'vitest';
import {canonicalJson} from '../../src/kernel/canonical.js';
import {type Config, configSchema} from '../../src/kernel/config/schema.js';
import {describeOmissions, describePlan} from '../../src/release/describe-plan.js';
import type {ReleaseFacts} from '../../src/release/facts/gather.js';
import {makePlan, utcOffsetOf} from '../../src/release/make-plan.js';
import {hashConfig, makeRunName, migrationSetDigest} from '../../src/release/plan.js';

const HEAD = 'c'.repeat(40);
const NOW_MS = Date.parse('2026-11-24T14:03:22Z');

/** Facts of a shop without a database, all in order; only what a plan is made from. */
const FACTS = {
	nowMs: NOW_MS,
	version: '1.2.0',
	tag: 'v1.2.0',
	history: {previous: {version: '1.1.0', tag: 'v1.1.0', commit: 'b'.repeat(40)}, changes: [], isComplete: true},
	repository: {head: HEAD, tagger: {name: 'Asha', email: 'asha@shop.example'}, webUrl: 'https://github.com/tea/shop'},
	assets: [],
} as unknown as ReleaseFacts;

const config = (input: object = {}): Config => configSchema.parse({database: 'none', ...input});

function plan(input: object = {}, facts: ReleaseFacts = FACTS, deployTitle?: string) {
	const options = {version: 'minor', isDeployed: true, isOnGitHub: true};
	return makePlan({facts, config: config(input), options, nonce: '4f2c91', utcOffset: '+0530', deployTitle});
}

describe('makePlan', () => {
	it('is pure: the same facts give the same plan, and stay as they were', () => {
		const before = canonicalJson(FACTS);
		expect(plan()).toEqual(plan());
		expect(canonicalJson(FACTS)).toBe(before);
	});

	it('freezes all that a resumed run needs, as plain data', () => {
		const made = plan();
		expect(JSON.parse(JSON.stringify(made))).toEqual(made);
		expect(made).toMatchObject({
			run: '20261124T140322-1.2.0-4f2c91',
			version: '1.2.0',
			commit: HEAD,
			tagger: {name: 'Asha', date: '1795529002 +0530'},
			previous: {tag: 'v1.1.0'},
			database: null,
			backup: null,
			github: null,
			deploy: null,
			health: null,
		});
		expect(made.notes).toContain('/compare/v1.1.0...v1.2.0');
	});

	it('waits for the new version only where something is deployed and there is an address', () => {
		const shop = {url: 'https://shop.example'};
		const release = {deploy: {command: 'deploy', verify: {path: '/up', timeout: '2m'}}};
		expect(plan({shop, release}, FACTS, 'deploy').health).toEqual({
			url: 'https://shop.example/up',
			timeoutMs: 120_000,
			intervalMs: 1000,
		});
		expect(plan({shop}).health).toBeNull();
		expect(plan({release}, FACTS, 'deploy').health).toBeNull();
	});

	it('is shown with its point of no return, and with what it leaves out', () => {
		const made = plan({release: {deploy: {command: 'deploy'}}}, FACTS, 'deploy');
		expect(describePlan(made).map(({step, isPointOfNoReturn}) => [step, isPointOfNoReturn])).toEqual([
			['tag', false],
			['push', true],
			['deploy', false],
		]);
		expect(describeOmissions(made).join('\n')).toContain('nobody looks whether the new version answers');
	});

	it('is never made from facts the preflight should have refused', () => {
		expect(() => plan({}, {...FACTS, version: undefined} as ReleaseFacts)).toThrow('preflight');
	});
});

describe('hashConfig', () => {
	it('knows a change of what is done, and not one of where', () => {
		const base = {database: {uri: 'mongodb://here', name: 'shop'}};
		const hash = (input: object) => hashConfig(configSchema.parse({...base, ...input}));
		expect(hash({database: {uri: 'mongodb://elsewhere', name: 'shop', state: {uri: 'mongodb://x'}}})).toBe(hash({}));
		expect(hash({shop: {headers: {'X-Key': 'of this machine'}}})).toBe(hash({}));
		expect(hash({database: {uri: 'mongodb://here', name: 'other'}})).not.toBe(hash({}));
		expect(hash({release: {sign: true}})).not.toBe(hash({}));
		expect(hash({backup: {store: './elsewhere'}})).not.toBe(hash({}));
	});
});

it('names of runs sort by age', () => {
	const names = [0, 1, 60, 86_400, 40_000_000].map((later) => makeRunName(NOW_MS + later * 1000, '1.2.0', 'ffffff'));
	expect(names.toSorted()).toEqual(names);
});

it('the digest over migrations knows their order and their content', () => {
	const [a, b] = [
		{id: '1', checksum: 'x'},
		{id: '2', checksum: 'y'},
	];
	expect(new Set([[], [a], [a, b], [b, a], [{...a, checksum: 'z'}]].map(migrationSetDigest)).size).toBe(5);
});

it.each([
	[-330, '+0530'],
	[0, '+0000'],
	[210, '-0330'],
	[-765, '+1245'],
])('an offset of %i minutes is %s', (minutes, offset) => {
	expect(utcOffsetOf({getTimezoneOffset: () => minutes} as Date)).toBe(offset);
});
