import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {apiOf, controlOf, fieldOf, jsonOf} from '../../facts/api.js';
import {type Reach, reachOf} from '../../facts/reach.js';
import {customerSession, NO_CUSTOMER, sessionOf} from '../../facts/session.js';
import {nobody} from '../../facts/wrong-log-in.js';
import type {Finding} from '../../verdict.js';

/** Fields that were sent to a route, and which of them the profile had afterwards. */
export type Assigned = {
	readonly route: 'PATCH /me' | 'POST /users';
	readonly status: number;
	readonly reach: Reach;
	readonly taken: readonly string[];
};

type Missing = {readonly why: string};

/** What no customer may say of themselves. */
const CLAIMS = {role: 'admin', isAdmin: true, admin: true, verified: true, balancePaise: 100_000} as const;

export const authMassassign = makeCheck<readonly Assigned[] | Missing>({
	id: 'auth.massassign',
	group: 'auth',
	title: 'Nobody gives themselves a role by a field of the request',
	severity: 'high',
	effect: 'staging',
	maxRequests: 8,
	sends: [
		'GET /me, PATCH /me and GET /me as audit.customer, with role, isAdmin and other fields that are not the customer’s to set',
		'POST /users of a test account with the same fields; where that is accepted its log-in and GET /me',
	],
	why: 'A body that is copied whole into the database makes managers of whoever knows the name of the field.',
	fix: 'take from a request only the fields that it may have, by name, and refuse others with 400',
	references: ['OWASP API Security 2023, API3', 'CWE-915'],
	skipReason: ({loaded}) => (loaded.config.audit.customer === undefined ? NO_CUSTOMER : undefined),
	async gather(context) {
		const session = await customerSession(context);
		if (session === undefined) return {why: 'the shop has no log-in at /sessions'};
		const patched = await patchProfile(context, session.credentials);
		const registered = await registerWithClaims(context);
		return [patched, registered];
	},
	judge: judgeMassassign,
});

async function patchProfile(context: AuditContext, credentials: Readonly<Record<string, string>>): Promise<Assigned> {
	const ask = apiOf(context);
	const route = 'PATCH /me';
	const before = jsonOf(await ask({path: '/me', credentials}));
	const answer = await ask({method: 'PATCH', path: '/me', json: CLAIMS, credentials});
	const reach = reachOf(answer, await controlOf(context, 'POST'));
	if (reach !== 'accepted') return {route, status: answer.status, reach, taken: []};
	const after = jsonOf(await ask({path: '/me', credentials}));
	return {
		route,
		status: answer.status,
		reach,
		taken: claimsIn(after).filter((name) => !claimsIn(before).includes(name)),
	};
}

async function registerWithClaims(context: AuditContext): Promise<Assigned> {
	const ask = apiOf(context);
	const route = 'POST /users';
	const customer = {email: nobody(context), password: `Audit-${context.host.randomHex(12)}`};
	context.host.addSecret(customer.password);
	const answer = await ask({
		method: 'POST',
		path: '/users',
		json: {...customer, name: 'Audit', ...CLAIMS},
		isSecret: true,
		expects429: true,
	});
	const reach = reachOf(answer, await controlOf(context, 'POST'));
	if (reach !== 'accepted') return {route, status: answer.status, reach, taken: []};
	const session = await sessionOf(context, customer).catch(() => undefined);
	const profile =
		session === undefined ? undefined : jsonOf(await ask({path: '/me', credentials: session.credentials}));
	return {
		route,
		status: answer.status,
		reach,
		taken: [...new Set([...claimsIn(jsonOf(answer)), ...claimsIn(profile)])],
	};
}

function claimsIn(profile: unknown): readonly string[] {
	const about = [profile, fieldOf(profile, 'user'), fieldOf(profile, 'data')];
	return Object.entries(CLAIMS).flatMap(([name, claim]) =>
		about.some((one) => fieldOf(one, name) === claim) ? [name] : [],
	);
}

export function judgeMassassign(assigned: readonly Assigned[] | Missing): readonly Finding[] {
	if ('why' in assigned) return [{verdict: 'skip', reason: assigned.why}];
	const evidence = assigned.map(({route, status}) => `${route}: ${status}`);
	const findings = assigned.flatMap(({route, reach, taken}): Finding[] => {
		if (taken.length > 0)
			return [
				{verdict: 'fail', subject: route, reason: `${route} takes ${taken.join(', ')} from the customer`, evidence},
			];
		if (reach === 'broken')
			return [{verdict: 'fail', subject: route, reason: `${route} breaks on fields it does not know: 500`, evidence}];
		return [];
	});
	if (findings.length > 0) return findings;
	if (assigned.every(({reach}) => reach === 'absent'))
		return [{verdict: 'skip', reason: 'the shop has neither PATCH /me nor POST /users'}];
	if (assigned.some(({reach}) => reach === 'away' || reach === 'limited'))
		return [{verdict: 'inconclusive', reason: 'the shop did not answer to all of it', evidence}];
	return [{verdict: 'pass', reason: 'such fields are refused or ignored', evidence}];
}
