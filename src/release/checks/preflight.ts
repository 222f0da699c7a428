import type {Config} from '../../kernel/config/schema.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {ReleaseFacts} from '../facts/gather.js';
import type {CheckResult, PreflightCheck} from './check.js';
import {DATABASE_CHECKS} from './database-checks.js';
import {GIT_CHECKS} from './git-checks.js';
import {GITHUB_CHECKS} from './github-checks.js';
import {RUN_CHECKS} from './run-checks.js';

const CHECKS: readonly PreflightCheck[] = [...GIT_CHECKS, ...GITHUB_CHECKS, ...DATABASE_CHECKS, ...RUN_CHECKS];

/** Every check on the same facts, none left out because another failed. */
export function judgePreflight(facts: ReleaseFacts, config: Config): CheckResult[] {
	return CHECKS.map(({id, title, judge}) => ({id, title, ...judge(facts, config)}));
}

/** @throws SastaError PREFLIGHT_FAILED listing every failure at once; PREFLIGHT_INCONCLUSIVE when only some could not be made */
export function assertPreflight(results: readonly CheckResult[]): void {
	const bad = results.filter(({verdict}) => verdict === 'fail' || verdict === 'inconclusive');
	if (bad.length === 0) return;
	const failed = bad.filter(({verdict}) => verdict === 'fail');
	const details = bad.flatMap(({id, title, evidence, mend, verdict}) => [
		`${verdict === 'fail' ? '✖' : '?'} ${title}   (${id})`,
		...evidence.map((line) => `    ${line}`),
		...(mend === undefined ? [] : [`    mend: ${mend}`]),
	]);
	if (failed.length === 0) {
		throw new SastaError(
			'PREFLIGHT_INCONCLUSIVE',
			`${bad.length === 1 ? 'A check' : `${bad.length} checks`} could not be made; nothing was changed`,
			{
				exitCode: EXIT.inconclusive,
				details,
			},
		);
	}
	throw new SastaError(
		'PREFLIGHT_FAILED',
		`${failed.length === 1 ? 'One thing stands' : `${failed.length} things stand`} in the way; nothing was changed`,
		{
			exitCode: EXIT.refused,
			details,
		},
	);
}
