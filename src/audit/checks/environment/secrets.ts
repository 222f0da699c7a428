import {isSecretName, type Variable} from '../../facts/environment-file.js';
import type {Finding} from '../../verdict.js';
import {makeEnvironmentCheck} from './file-check.js';

/** Characters. Razorpay's own key secrets have 24; what one makes oneself should have 128 bits or more. */
const SHORTEST = 16;
/** What tokens and sessions are signed by: RFC 7518, section 3.2 wants 256 bits for HS256. */
const SHORTEST_SIGNING = 32;

export const environmentSecrets = makeEnvironmentCheck({
	id: 'environment.secrets',
	title: 'The secrets of production are long enough, and made by chance',
	severity: 'high',
	why: 'A short secret is found by trying, without a trace in any log of the shop.',
	fix: 'make a new one: openssl rand -hex 32',
	judge: judgeSecrets,
	fine: 'every secret is long enough',
});

export function judgeSecrets(variables: readonly Variable[]): readonly Finding[] {
	return variables
		.filter(({name, value, isElsewhere}) => isSecretName(name) && value !== '' && !isElsewhere)
		.flatMap(({name, value}): Finding[] => {
			const shortest = /(?:JWT|SESSION|COOKIE|SIGNING).*SECRET$|TOKEN$/.test(name) ? SHORTEST_SIGNING : SHORTEST;
			if (value.length < shortest)
				return [{verdict: 'fail', reason: `${name} has fewer than ${shortest} characters`, subject: name}];
			return new Set(value).size < 6
				? [{verdict: 'fail', reason: `${name} is made of a few characters again and again`, subject: name}]
				: [];
		});
}
