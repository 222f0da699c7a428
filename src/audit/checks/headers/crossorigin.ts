import {parseItem} from 'structured-headers';
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

/** What browsers know; another word is as good as none. */
const WORDS = {
	'cross-origin-opener-policy': ['same-origin', 'same-origin-allow-popups', 'noopener-allow-popups', 'unsafe-none'],
	'cross-origin-embedder-policy': ['require-corp', 'credentialless', 'unsafe-none'],
	'cross-origin-resource-policy': ['same-origin', 'same-site', 'cross-origin'],
} as const;

type Name = keyof typeof WORDS;
const NAMES = Object.keys(WORDS) as readonly Name[];

export const headersCrossorigin = makeCheck<Sample>({
	id: 'headers.crossorigin',
	group: 'headers',
	title: 'Cross-origin policies say what browsers understand',
	severity: 'low',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for Cross-Origin-Opener-, -Resource- and -Embedder-Policy'),
	why: 'They part the shop’s windows and answers from other sites; with a word that browsers do not know they do nothing.',
	fix: 'send cross-origin-opener-policy: same-origin-allow-popups (payment pages open windows) and cross-origin-resource-policy: same-site',
	references: [
		'HTML Standard, cross-origin opener policies',
		'Fetch Standard, cross-origin resource policy',
		'OWASP ASVS 5.0, 3.4.8',
	],
	gather: samplePages,
	judge: (sample) => judgePages(sample, judgeCrossorigin),
});

export function judgeCrossorigin(page: SamplePage): Finding | readonly Finding[] {
	const told = NAMES.map((name) => ({name, word: wordOf(page, name)}));
	const wrong = told.filter(({word}) => word === null);
	if (wrong.length > 0)
		return wrong.map(({name}) => ({
			verdict: 'fail',
			subject: `${page.path} ${name}`,
			reason: `${name} is not written as browsers read it, and does nothing`,
			fix: `send one of ${WORDS[name].join(', ')}`,
		}));
	const set = told.filter(({word}) => word !== undefined).map(({name, word}) => `${name}: ${word}`);
	return {
		verdict: 'pass',
		reason: set.length === 0 ? 'no cross-origin policy is sent; none is needed' : set.join('; '),
	};
}

/** Undefined where it is not sent, null where it says nothing. */
function wordOf(page: SamplePage, name: Name): string | undefined | null {
	const values = valuesOf(page, name);
	if (values === undefined) return undefined;
	const text = values.join(', ');
	const word = name === 'cross-origin-resource-policy' ? text.trim() : readToken(text);
	return WORDS[name].find((known) => known === word) ?? null;
}

function readToken(text: string): string | undefined {
	try {
		const [value] = parseItem(text);
		return typeof value === 'string' ? undefined : String(value);
	} catch {
		return undefined;
	}
}
