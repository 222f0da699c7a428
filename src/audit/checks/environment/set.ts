import type {Variable} from '../../facts/environment-file.js';
import type {Finding} from '../../verdict.js';
import {makeEnvironmentCheck} from './file-check.js';

export const environmentSet = makeEnvironmentCheck({
	id: 'environment.set',
	title: 'Every variable of production has a value',
	severity: 'high',
	why: 'A shop that starts without a variable runs on a default that nobody has chosen, or fails at the first order.',
	fix: 'give it a value, or take its line out',
	judge: judgeSet,
	fine: 'every variable has a value',
});

export function judgeSet(variables: readonly Variable[]): readonly Finding[] {
	return variables
		.filter(({value, isElsewhere}) => value.trim() === '' && !isElsewhere)
		.map(({name}) => ({verdict: 'fail', reason: `${name} is empty`, subject: name}));
}
