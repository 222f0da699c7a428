import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import {followHops, type Hop, hopWords, MOST_HOPS, type Way} from '../../facts/hops.js';
import type {Finding} from '../../verdict.js';

export type RedirectFacts = {
	readonly host: string;
	readonly front: Pick<Way, 'hops' | 'end'> & {readonly why: string | undefined};
	/** An address below, with a query: its first answer; undefined when it did not come. */
	readonly deep: Hop | undefined;
};

export const httpRedirect = makeCheck<RedirectFacts>({
	id: 'http.redirect',
	group: 'domain',
	title: 'Plain http leads to https of the same host',
	severity: 'high',
	effect: 'passive',
	maxRequests: MOST_HOPS + 2,
	sends: ['GET over plain http of the target, and of a path below it; then what it redirects to, on the same host'],
	why: 'What is served over plain http can be read and changed by whoever stands between: prices, log-ins, payment pages.',
	fix: 'in nginx, for the server of port 80: return 301 https://$host$request_uri;',
	references: ['OWASP ASVS 5.0, 12.2.1', 'Mozilla HTTP Observatory, redirection'],
	skipReason: ({target}) =>
		target?.isHttps === false && target.isLoopback
			? 'it is plain http on this machine, where nobody stands between'
			: undefined,
	async gather(context) {
		const {host, httpPort, path} = targetOf(context);
		const plain = new URL(`http://${host}:${httpPort}`);
		const [front, deep] = await Promise.all([
			followHops(new URL(path, plain), {context, hosts: [host]}),
			firstHop(new URL('/sastaops-audit/page?from=audit', plain), context),
		]);
		const {hops, end, silence} = front;
		if (hops.length === 0 && silence !== undefined && silence.why !== 'refused') throw silence;
		return {host, front: {hops, end, why: silence?.message}, deep};
	},
	judge: judgeRedirect,
});

async function firstHop(url: URL, context: AuditContext): Promise<Hop | undefined> {
	const {hops} = await followHops(url, {context, hosts: [url.hostname], most: 0});
	return hops[0];
}

export function judgeRedirect({host, front: {hops, end, why}, deep}: RedirectFacts): Finding {
	const evidence = [...hops, ...(deep === undefined ? [] : [deep])].map(hopWords);
	if (why !== undefined) evidence.push(why);
	const fail = (reason: string): Finding => ({verdict: 'fail', reason, evidence});
	const warn = (reason: string): Finding => ({verdict: 'warn', severity: 'low', reason, evidence});
	const [first] = hops;
	if (first === undefined) return {verdict: 'pass', reason: 'nothing listens for plain http', evidence};
	if (end === 'loop') return fail('its redirects go in a circle');
	if (end === 'too-long') return fail(`it redirects more than ${MOST_HOPS} times`);
	if (first.to === undefined) return judgeAnswer(first, hops, evidence);
	if (first.to.protocol === 'http:') return fail('plain http leads to plain http first');
	const fallsBack = hops.slice(1).some(({to}) => to?.protocol === 'http:');
	if (fallsBack) return fail('https sends back to plain http');
	if (deep !== undefined && deep.to === undefined && deep.status < 400)
		return fail('only its front page leads to https: what is below is served over plain http');
	if (deep?.to?.protocol === 'http:') return fail('below its front page, plain http leads to plain http');
	if (first.to.hostname !== host)
		return warn('plain http leads to https of another host: browsers never learn HSTS of this one');
	if (first.status !== 301 && first.status !== 308)
		return warn('the redirect to https is a temporary one: it must be 301 or 308');
	return {verdict: 'pass', reason: `${first.status} to https of the same host`, evidence};
}

/** No redirect: a refusal serves nothing, which is what an API does; a page does. */
function judgeAnswer({status}: Hop, hops: readonly Hop[], evidence: readonly string[]): Finding {
	if (status >= 500) return {verdict: 'inconclusive', reason: 'the server of plain http is in trouble', evidence};
	return status >= 400 && hops.length === 1
		? {verdict: 'pass', reason: 'plain http is refused', evidence}
		: {verdict: 'fail', reason: 'plain http serves the shop, and does not lead to https', evidence};
}
