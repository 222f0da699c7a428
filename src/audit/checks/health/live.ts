import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {parseCacheControl, secondsOf} from '../../facts/cache-control.js';
import {askHealth, type HealthAnswer, isShopDeclared, leaksOf, SLOW_MS} from '../../facts/health.js';
import type {Finding} from '../../verdict.js';

export const healthLive = makeCheck<HealthAnswer>({
	id: 'health.live',
	group: 'health',
	title: 'The shop says that it can work',
	severity: 'high',
	effect: 'passive',
	maxRequests: 3,
	sends: ['GET of the API’s health, up to three times'],
	why: 'Releases, canaries and monitors ask it; a health that is cached, slow or silent makes them decide blindly.',
	fix: 'answer GET /api/health with 200, JSON and cache-control: no-store; docs/shop-contract.md',
	references: ['docs/shop-contract.md, Health'],
	gather: (context) => askHealth(context, '/health'),
	judge: (answer, context) => judgeLive(answer, {isDeclared: isShopDeclared(context), host: targetOf(context).host}),
});

const WELL: ReadonlySet<unknown> = new Set(['ok', 'up', 'pass', 'healthy', undefined]);

export function judgeLive(
	answer: HealthAnswer,
	{isDeclared, host}: {readonly isDeclared: boolean; readonly host: string},
): Finding {
	const {path, status, body, cacheControl, firstByteMs} = answer;
	// Without a configuration an answer must look like a shop's before it is judged by the contract.
	const isShop = isDeclared || status >= 500 || (status === 200 && body !== undefined);
	if (!isShop)
		return {
			verdict: 'skip',
			reason: `no shop answers at ${path}; with an API of the shop contract its health would be judged (--api says where)`,
		};
	if (status >= 500)
		return {verdict: 'fail', severity: 'critical', reason: `${path} answers ${status}: the shop cannot work`};
	if (status !== 200)
		return {
			verdict: 'fail',
			reason: `${path} answers ${status}`,
			...(status === 404
				? {fix: 'offer GET /api/health, the one thing every shop must; or say by audit.api where it is'}
				: {}),
		};
	if (body === undefined) return {verdict: 'fail', severity: 'medium', reason: `${path} does not answer in JSON`};
	if (!WELL.has(body['status']))
		return {verdict: 'fail', severity: 'critical', reason: `${path} says that the shop cannot work`};
	const leaks = leaksOf(body, host);
	if (leaks.length > 0)
		return {
			verdict: 'fail',
			severity: 'medium',
			reason: `${path} tells strangers what is inside`,
			evidence: leaks.slice(0, 10),
			fix: 'leave hosts, addresses and versions of the software out of the health',
		};
	return judgeManner({path, cacheControl, firstByteMs});
}

/** How it answers, where what it says is well. */
function judgeManner({
	path,
	cacheControl,
	firstByteMs,
}: Pick<HealthAnswer, 'path' | 'cacheControl' | 'firstByteMs'>): Finding {
	const directives = parseCacheControl(cacheControl);
	const lifetime = secondsOf(directives, 's-maxage') ?? secondsOf(directives, 'max-age');
	const isFresh = directives.has('no-store') || directives.has('no-cache') || lifetime === 0;
	if (!isFresh && ((lifetime ?? 0) > 0 || directives.has('public')))
		return {
			verdict: 'fail',
			severity: 'medium',
			reason: `${path} may be answered out of a cache`,
			fix: 'send cache-control: no-store with it',
		};
	if (!isFresh)
		return {
			verdict: 'warn',
			severity: 'low',
			reason: `${path} does not forbid caches to keep it`,
			fix: 'send cache-control: no-store with it',
		};
	if (firstByteMs > SLOW_MS)
		return {
			verdict: 'warn',
			severity: 'low',
			reason: `${path} takes longer than ${SLOW_MS} ms, three times in a row`,
			evidence: [`${Math.round(firstByteMs)} ms at best`],
			fix: 'let many probes share one look at the database, and answer in time even when it hangs',
		};
	return {
		verdict: 'pass',
		reason: `${path} answers that the shop can work`,
		evidence: [`${Math.round(firstByteMs)} ms`],
	};
}
