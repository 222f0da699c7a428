import {makeCheck} from '../check.js';
import {type DatabaseFinding, unavailable} from '../finding.js';
import {someOf} from '../some-of.js';
import {isTheShops} from './privileges.js';

export type ValidatorFacts =
	| readonly {
			readonly name: string;
			readonly hasValidator: boolean;
			/** `off` and `warn` let everything in. */
			readonly isLax: boolean;
	  }[]
	| undefined;

export const validatorsCheck = makeCheck<ValidatorFacts>({
	id: 'validators',
	title: 'Rules for documents are in force where there are any',
	async gather(context) {
		const listed = await context.collections();
		const collections = 'value' in listed ? listed.value.filter(({name}) => isTheShops(name)) : [];
		if ('unavailable' in listed || collections.some(({options}) => options === undefined)) return undefined;
		return collections.map(({name, options = {}}) => ({
			name,
			hasValidator: Object.keys((options['validator'] as object | undefined) ?? {}).length > 0,
			isLax: options['validationLevel'] === 'off' || options['validationAction'] === 'warn',
		}));
	},
	judge: (facts) => [judgeValidators(facts)],
});

/**
 * A collection without a validator is told and no warning: most shops check documents in their own code, and a warning that is
 * always there is read by nobody. A validator that somebody switched off is one.
 */
export function judgeValidators(facts: ValidatorFacts): DatabaseFinding {
	if (facts === undefined) return unavailable('this user may not see the rules of collections');
	const lax = facts.filter(({hasValidator, isLax}) => hasValidator && isLax).map(({name}) => name);
	if (lax.length > 0) {
		return {
			verdict: 'warn',
			reason: `the rules of ${someOf(lax)} let everything in`,
			evidence: ['validationLevel is off, or validationAction is warn'],
			mend: ['db.runCommand({collMod: "<collection>", validationLevel: "strict", validationAction: "error"})'],
		};
	}
	const without = facts.filter(({hasValidator}) => !hasValidator).map(({name}) => name);
	if (without.length === 0) return {verdict: 'pass', reason: `all ${facts.length} collections have rules`};
	return {
		verdict: 'pass',
		reason: `${without.length} of ${facts.length} collections take any document`,
		evidence: [someOf(without, 12), 'a validator refuses what a bug would write: docs/database.md'],
	};
}
