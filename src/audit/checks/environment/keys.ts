import type {AuditContext} from '../../context.js';
import type {Variable} from '../../facts/environment-file.js';
import type {Finding} from '../../verdict.js';
import {makeEnvironmentCheck} from './file-check.js';

export const environmentKeys = makeEnvironmentCheck({
	id: 'environment.keys',
	title: 'Production has live payment keys, and everything else has test keys',
	severity: 'critical',
	why: 'A test key in production takes no money and says it did; a live key elsewhere takes real money from tests.',
	fix: 'use the key of this environment: Razorpay dashboard, Settings, API keys',
	judge: (variables, context) => judgeKeys(variables, environmentOf(variables, context)),
	fine: 'the payment keys are those of this environment',
});

export function judgeKeys(variables: readonly Variable[], environment: string): readonly Finding[] {
	const isProduction = /^prod/i.test(environment);
	const keys = variables.filter(({value}) => /^rzp_(?:live|test)_/.test(value));
	const wrong = keys
		.filter(({value}) => value.startsWith('rzp_live_') !== isProduction)
		.map(
			({name, value}): Finding => ({
				verdict: 'fail',
				reason: `${name} is a ${value.startsWith('rzp_live_') ? 'live' : 'test'} key, and this is ${environment}`,
				subject: name,
			}),
		);
	const keySecret = findValue(variables, 'RAZORPAY_KEY_SECRET');
	const isShared = keySecret !== '' && keySecret === findValue(variables, 'RAZORPAY_WEBHOOK_SECRET');
	return isShared
		? [
				...wrong,
				{
					verdict: 'fail',
					reason: 'the webhook secret is the secret of the key',
					subject: 'RAZORPAY_WEBHOOK_SECRET',
					severity: 'high',
					fix: 'make a webhook secret of its own: who learns one must not have both',
				},
			]
		: wrong;
}

/** What the file says it is for; the configuration's word where it does not. */
function environmentOf(variables: readonly Variable[], {loaded}: AuditContext): string {
	return findValue(variables, 'SHOP_ENV') || findValue(variables, 'NODE_ENV') || loaded.config.shop.environment;
}

function findValue(variables: readonly Variable[], wanted: string): string {
	return variables.find(({name}) => name === wanted)?.value ?? '';
}
