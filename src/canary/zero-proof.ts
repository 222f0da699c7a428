import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {readHealth} from '../ports/http-probe.js';
import type {CanaryContext} from './context.js';

/** What was looked at to say that the canary gets nothing. */
export type ZeroProof = {
	/** Requests sent through the shop's own door; 0 where its address is not known. */
	readonly probes: number;
	/** Of those, how many the canary's version answered: 0, or it is no proof. */
	readonly answeredByCanary: number;
	/** Requests that the splitter's counters show on the canary in the meantime. */
	readonly countedOnCanary: number;
};

export type ZeroTerms = Pick<CanaryContext, 'splitter' | 'frontUrl' | 'headers'> & {
	readonly plan: Pick<CanaryContext['plan'], 'version' | 'drainMs'>;
};

const PROBES = 200;
const AT_ONCE = 10;
const PAUSE_MS = 250;

/**
 * Takes all traffic from the canary and proves it: the splitter says 0 %, and while probes go through the shop's door its
 * counters for the canary stand still. Requests under way are given `drainMs`.
 * @param options.isSameVersion both sides run it by now, so that only the counters can tell
 * @throws SastaError SPLITTER_…, or ZERO_UNPROVED when the canary is still served after that
 */
export async function takeTrafficAway(
	terms: ZeroTerms,
	host: Host,
	{isSameVersion = false}: {readonly isSameVersion?: boolean} = {},
): Promise<ZeroProof> {
	await host.fault('canary.revert.before');
	await terms.splitter.revert();
	await host.fault('canary.revert.after');
	const deadlineMs = host.monotonicMs() + terms.plan.drainMs;
	for (;;) {
		const proof = await probe(terms, host);
		if ((isSameVersion || proof.answeredByCanary === 0) && proof.countedOnCanary === 0) return proof;
		if (host.monotonicMs() >= deadlineMs) throw unproved(terms, proof);
		await host.sleep(PAUSE_MS);
	}
}

async function probe({splitter, frontUrl: url, headers, plan: {version}}: ZeroTerms, host: Host): Promise<ZeroProof> {
	const before = await splitter.observe();
	let probes = 0;
	let answeredByCanary = 0;
	if (url === undefined) await host.sleep(PAUSE_MS);
	else {
		for (; probes < PROBES; probes += AT_ONCE) {
			const answers = await Promise.all(
				Array.from({length: AT_ONCE}, () => readHealth({url, headers, timeoutMs: 2000}, host)),
			);
			answeredByCanary += answers.filter((answer) => answer.version === version).length;
		}
	}
	const after = await splitter.observe();
	const isSame = before.incarnation === after.incarnation;
	const counted = after.totals.canary.requests - (isSame ? before.totals.canary.requests : 0);
	return {probes, answeredByCanary, countedOnCanary: counted};
}

function unproved(
	{splitter, plan: {drainMs}}: ZeroTerms,
	{probes, answeredByCanary, countedOnCanary}: ZeroProof,
): SastaError {
	return new SastaError(
		'ZERO_UNPROVED',
		`The canary is still served, ${drainMs / 1000} s after ${splitter.title} said 0 %`,
		{
			exitCode: EXIT.stopped,
			details: [
				`${answeredByCanary} of ${probes} requests through the shop’s door were answered by it`,
				`${countedOnCanary} requests are counted on it meanwhile`,
			],
			hint: 'Look whether something else sends traffic to it, then: sastaops canary abort',
		},
	);
}

/** For people. */
export function zeroWords(title: string, {probes}: Pick<ZeroProof, 'probes'>): string {
	return probes === 0 ? `0 % by the counters of ${title}` : `0 %: ${probes} probes and the counters of ${title} agree`;
}
