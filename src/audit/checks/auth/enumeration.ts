import type {WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import {mediaTypeOf} from '../../facts/api.js';
import {NO_CUSTOMER} from '../../facts/session.js';
import {NO_LOG_IN, postWrong, wrongLogIn} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

/** One wrong log-in of an account that is there, and one of an account that is not. */
export type Pair = {readonly known: Told; readonly unknown: Told};
export type Told = {readonly status: number; readonly words: string; readonly firstByteMs: number};

type Missing = {readonly why: string};

const PAIRS = 5;
/** With fewer the clock proves nothing. */
const PAIRS_FOR_TIME = 3;
const TOLD_MS = 100;

export const authEnumeration = makeCheck<readonly Pair[] | Missing>({
	id: 'auth.enumeration',
	group: 'auth',
	title: 'A failed log-in does not tell whether there is such an account',
	severity: 'medium',
	effect: 'active',
	maxRequests: 2 + 2 * PAIRS,
	sends: [`${PAIRS} wrong log-ins of audit.customer and ${PAIRS} of nobody; stops at the first 429`],
	why: 'Lists of customers’ addresses are made so, and passwords from elsewhere tried on those that are there.',
	fix: 'answer both alike, and hash a dummy password for an address that is not there, so that both take as long',
	references: ['OWASP ASVS 5.0, 6.3.8', 'CWE-204', 'CWE-208'],
	runsLast: true,
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const {customer} = context.loaded.config.audit;
		if (customer === undefined || !(await wrongLogIn(context)).isThere) return {why: NO_LOG_IN};
		const pairs: Pair[] = [];
		for (let index = 0; index < PAIRS; index++) {
			const known = await postWrong(context, {email: customer.email});
			const unknown = await postWrong(context);
			if (known.status === 429 || unknown.status === 429) break;
			pairs.push({known: told(known), unknown: told(unknown)});
		}
		return pairs;
	},
	judge: judgeEnumeration,
});

function told(answer: WebAnswer): Told {
	const words = answer.body
		.toString('utf8', 0, 4096)
		.replaceAll(/[^\s"@]+@[^\s"@]+/g, '@')
		.replaceAll(/[0-9a-f]{8}[0-9a-f-]*|[\w-]{20,}|\d+/gi, '#');
	return {status: answer.status, words: `${mediaTypeOf(answer)} ${words}`, firstByteMs: answer.firstByteMs};
}

export function judgeEnumeration(pairs: readonly Pair[] | Missing): Finding {
	if ('why' in pairs) return {verdict: 'skip', reason: pairs.why};
	const [first] = pairs;
	if (first === undefined)
		return {verdict: 'inconclusive', reason: 'the shop limited us (429) before two were compared'};
	const evidence = [`account that is there: ${first.known.status}`, `that is not: ${first.unknown.status}`];
	// An account may be locked after some of these: only the first pair tells.
	if (first.known.status !== first.unknown.status)
		return {verdict: 'fail', reason: 'the status tells whether there is such an account', evidence};
	if (first.known.words !== first.unknown.words)
		return {verdict: 'fail', reason: 'the words tell whether there is such an account', evidence};
	const same = pairs.filter(({known}) => known.status === first.known.status);
	if (same.length >= PAIRS_FOR_TIME) {
		const known = same.map((pair) => pair.known.firstByteMs);
		const unknown = same.map((pair) => pair.unknown.firstByteMs);
		const isApart = Math.min(...known) > Math.max(...unknown) || Math.min(...unknown) > Math.max(...known);
		if (isApart && Math.abs(median(known) - median(unknown)) >= TOLD_MS)
			return {verdict: 'warn', reason: 'the time it takes tells whether there is such an account', evidence};
	}
	return {verdict: 'pass', reason: 'both are answered alike', evidence};
}

function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? 0;
}
