import type {Config} from '../../kernel/config/schema.js';
import type {Verdict} from '../../kernel/report.js';
import type {ReleaseFacts} from '../facts/gather.js';

/** What a check says; `mend` is the next thing to do, best as a command. */
export type Judgement = {readonly verdict: Verdict; readonly evidence: readonly string[]; readonly mend?: string};

/** One thing that must hold before a release begins, judged from facts alone. */
export type PreflightCheck = {
	readonly id: string;
	readonly title: string;
	judge(facts: ReleaseFacts, config: Config): Judgement;
};

export type CheckResult = {readonly id: string; readonly title: string} & Judgement;

export const PASS: Judgement = {verdict: 'pass', evidence: []};

export function fail(evidence: string | readonly string[], mend?: string): Judgement {
	return judgement('fail', evidence, mend);
}

export function warn(evidence: string | readonly string[], mend?: string): Judgement {
	return judgement('warn', evidence, mend);
}

/** The check could not be made: as bad as a failure for a release, and told apart from one. */
export function inconclusive(evidence: string | readonly string[], mend?: string): Judgement {
	return judgement('inconclusive', evidence, mend);
}

/** For what a configuration leaves out; the evidence says what would be gained. */
export function skip(evidence: string): Judgement {
	return judgement('skip', evidence, undefined);
}

function judgement(verdict: Verdict, evidence: string | readonly string[], mend: string | undefined): Judgement {
	return {verdict, evidence: [evidence].flat(), ...(mend === undefined ? {} : {mend})};
}
