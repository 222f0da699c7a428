import {parseDictionary} from 'structured-headers';
import {makeCheck} from '../../check.js';
import {
	judgePages,
	SAMPLE_REQUESTS,
	type Sample,
	type SamplePage,
	samplePages,
	sampleSends,
	valuesOf,
} from '../../facts/sample-pages.js';
import type {Finding} from '../../verdict.js';

/** What spies on a customer. `payment` is not asked for: a page that takes payments needs it. */
const SPYING = ['camera', 'microphone', 'geolocation'] as const;

export const headersPermissions = makeCheck<Sample>({
	id: 'headers.permissions',
	group: 'headers',
	title: 'Pages give camera, microphone and position to nobody',
	severity: 'low',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for Permissions-Policy'),
	why: 'A frame or a script of another site may otherwise ask customers in the shop’s name.',
	fix: 'send permissions-policy: camera=(), microphone=(), geolocation=()',
	references: ['Permissions Policy, W3C', 'OWASP Secure Headers Project'],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgePermissions),
});

export function judgePermissions(page: SamplePage): Finding {
	if (page.kind === 'api') return {verdict: 'pass', reason: 'an answer of the API asks nobody for anything'};
	const values = valuesOf(page, 'permissions-policy');
	if (values === undefined) {
		const hasOld = valuesOf(page, 'feature-policy') !== undefined;
		return {
			verdict: 'warn',
			reason: hasOld ? 'only Feature-Policy is sent, which browsers no longer read' : 'there is no Permissions-Policy',
		};
	}
	const allowed = readDictionary(values.join(', '));
	if (allowed === undefined)
		return {verdict: 'warn', reason: 'Permissions-Policy is not written as browsers read it, and is passed over'};
	const open = SPYING.filter((feature) => allowed.get(feature)?.includes('*'));
	return open.length === 0
		? {verdict: 'pass', reason: 'permissions-policy is sent'}
		: {verdict: 'warn', reason: `permissions-policy gives ${open.join(', ')} to every site`};
}

/** Who is allowed what; undefined where it is no structured field. */
function readDictionary(text: string): ReadonlyMap<string, readonly string[]> | undefined {
	try {
		return new Map(
			[...parseDictionary(text)].map(([feature, [value]]) => [
				feature,
				(Array.isArray(value) ? value.map(([item]) => item) : [value]).map(String),
			]),
		);
	} catch {
		return undefined;
	}
}
