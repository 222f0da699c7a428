import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import {askHealth, type HealthAnswer, isShopDeclared, leaksOf} from '../../facts/health.js';
import type {Finding} from '../../verdict.js';

export type Readiness = {readonly health: HealthAnswer; readonly deep: HealthAnswer};

export const healthReady = makeCheck<Readiness>({
	id: 'health.ready',
	group: 'health',
	title: 'The shop looks at what it needs before it says that it is well',
	severity: 'high',
	effect: 'passive',
	maxRequests: 6,
	sends: ['GET of the API’s health, and of /health/db below it'],
	why: 'A health that never asks the database stays green while every order fails.',
	fix: 'tell each thing the shop needs in checks, and answer GET /api/health/db with 200 or 503; docs/shop-contract.md',
	references: ['docs/shop-contract.md, Health'],
	async gather(context) {
		const [health, deep] = await Promise.all([askHealth(context, '/health'), askHealth(context, '/health/db')]);
		return {health, deep};
	},
	judge: (readiness, context) =>
		judgeReady(readiness, {isDeclared: isShopDeclared(context), host: targetOf(context).host}),
});

/** Whether the health answers at all is the matter of health.live. */
export function judgeReady(
	{health, deep}: Readiness,
	{isDeclared, host}: {readonly isDeclared: boolean; readonly host: string},
): Finding {
	const checks = health.status === 200 ? dependenciesOf(health.body?.['checks']) : new Map<string, boolean>();
	const down = [...checks].filter(([, isUp]) => !isUp).map(([name]) => name.slice(0, 60));
	if (down.length > 0)
		return {verdict: 'fail', reason: `${health.path} answers 200 although it says that ${down.join(', ')} is down`};
	if (deep.status >= 500 && (deep.body !== undefined || isDeclared))
		return {verdict: 'fail', reason: `${deep.path} answers ${deep.status}: what the shop needs is not there`};
	if (deep.status === 200 && deep.body !== undefined) {
		const status = deep.body['status'];
		if (status !== undefined && !['ok', 'up', 'pass', 'healthy', true].includes(status as string))
			return {verdict: 'fail', reason: `${deep.path} says that the database is down, and answers 200`};
		const leaks = leaksOf(deep.body, host);
		if (leaks.length > 0)
			return {
				verdict: 'fail',
				severity: 'medium',
				reason: `${deep.path} tells strangers what is inside`,
				evidence: leaks.slice(0, 10),
				fix: 'leave hosts, addresses and versions of the software out of it, or ask for a log-in',
			};
		return status === undefined && checks.size === 0
			? {verdict: 'warn', severity: 'low', reason: `${deep.path} does not tell whether the database is up`}
			: {verdict: 'pass', reason: `${deep.path} looks at the database, and it is up`};
	}
	if (checks.size > 0)
		return {verdict: 'pass', reason: `${health.path} tells of ${[...checks.keys()].slice(0, 10).join(', ')}`};
	return {
		verdict: 'skip',
		reason: `neither ${health.path} nor ${deep.path} tells how the database is; with checks, as in the shop contract, one that is down would be seen`,
	};
}

/** By name, whether it is up; `{database: {status: 'up'}}`, `{database: 'up'}` and `{database: true}` are all understood. */
function dependenciesOf(checks: unknown): ReadonlyMap<string, boolean> {
	if (typeof checks !== 'object' || checks === null) return new Map();
	return new Map(
		Object.entries(checks)
			.slice(0, 100)
			.map(([name, value]: [string, unknown]) => {
				const state = typeof value === 'object' && value !== null && 'status' in value ? value.status : value;
				return [name, state !== false && !/^(?:down|fail(?:ed)?|error|unhealthy)$/i.test(String(state))];
			}),
	);
}
