import {describe, expect, it} from 'vitest';
import {checkSuppressions, findSuppression, type Suppression, suppressionWarnings} from '../../src/audit/suppress.js';

const NOW = Date.UTC(2026, 10, 24, 12);
const one = (overrides: Partial<Suppression> = {}): Suppression => ({
	check: 'headers.csp',
	target: 'shop.example',
	owner: 'asha',
	reason: 'the theme is being replaced',
	expires: '2026-12-10',
	...overrides,
});
const finding = {check: 'headers.csp', host: 'shop.example', subject: 'page /', severity: 'high'} as const;

describe('a suppression', () => {
	it.each([
		['the same check and host', one(), true],
		['an address of the host', one({target: 'https://SHOP.example:8443/x'}), true],
		['any host', one({target: '*'}), true],
		['another host', one({target: 'www.shop.example'}), false],
		['another check', one({check: 'headers.frame'}), false],
		['the subject itself', one({subject: 'page /'}), true],
		['a pattern of the subject', one({subject: 'page *'}), true],
		['a pattern with parts in order', one({subject: '*a*e*'}), true],
		['a pattern whose end is missing', one({subject: 'page *x'}), false],
		['another subject', one({subject: 'page /checkout'}), false],
		['its last day', one({expires: '2026-11-24'}), true],
		['the day after its last', one({expires: '2026-11-23'}), false],
		['longer than 180 days', one({expires: '2027-06-01'}), false],
	] as const)('for %s', (_, suppression, holds) => {
		expect(findSuppression(finding, [suppression], NOW) !== undefined).toBe(holds);
	});

	it('holds a critical finding for thirty days at most', () => {
		const critical = {...finding, severity: 'critical'} as const;

		expect(findSuppression(critical, [one({expires: '2026-12-24'})], NOW)).toBeDefined();
		expect(findSuppression(critical, [one({expires: '2026-12-26'})], NOW)).toBeUndefined();
	});

	it('is refused for an unknown check and for too long a time, all at once', () => {
		const list = [one({check: 'headers.cps'}), one({expires: '2027-06-01'}), one()];

		expect(() => checkSuppressions(list, (id) => (id === 'headers.csp' ? 'high' : undefined), NOW)).toThrow(
			expect.objectContaining({
				code: 'CONFIG_INVALID',
				details: [expect.stringContaining('headers.cps'), expect.stringContaining('180 days')],
			}),
		);
	});

	it('is told of when it has ended, when it ends soon, and when nothing needs it', () => {
		const ended = one({expires: '2026-11-20'});
		const soon = one({expires: '2026-11-28'});
		const idle = one({expires: '2026-12-31'});

		const warnings = suppressionWarnings([ended, soon, idle], {
			used: new Set([soon]),
			asked: new Set(['headers.csp']),
			host: 'shop.example',
			nowMs: NOW,
		});

		expect(warnings).toEqual([
			expect.stringContaining('ended on 2026-11-20'),
			expect.stringContaining('ends on 2026-11-28'),
			expect.stringContaining('is not needed'),
		]);
	});

	it('is not called needless by an audit that did not ask its check', () => {
		const around = {used: new Set<Suppression>(), asked: new Set<string>(), host: 'shop.example', nowMs: NOW};

		expect(suppressionWarnings([one()], around)).toEqual([]);
	});
});
