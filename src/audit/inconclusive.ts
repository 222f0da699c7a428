import {errorMessage, isSastaError} from '../kernel/errors.js';
import {NoAnswer} from '../ports/web/dial.js';
import {NotSent} from './budget.js';
import {Blocked} from './site.js';
import type {Finding} from './verdict.js';

/** No answer is no verdict. */
export function asInconclusive(error: unknown): Finding {
	if (error instanceof NotSent && error.why === 'budget')
		return {verdict: 'inconclusive', reason: error.message, fix: 'allow more with --budget, or name fewer checks'};
	if (error instanceof NotSent && error.why === 'live') return {verdict: 'skip', reason: error.message};
	if (error instanceof NotSent)
		return {verdict: 'inconclusive', reason: error.message, fix: 'run it again later, or let this machine through'};
	if (error instanceof Blocked)
		return {
			verdict: 'inconclusive',
			reason: error.message,
			fix: 'let the audit through, by its address or by --header',
		};
	if (error instanceof NoAnswer)
		return {
			verdict: 'inconclusive',
			reason: error.message,
			...(error.code === undefined ? {} : {evidence: [error.code]}),
		};
	if (isSastaError(error))
		return {verdict: 'inconclusive', reason: error.message, ...(error.hint === undefined ? {} : {fix: error.hint})};
	return {
		verdict: 'inconclusive',
		reason: `the check itself failed: ${errorMessage(error)}`,
		evidence: [error instanceof Error ? (error.stack ?? '').split('\n').slice(0, 3).join(' ') : ''],
		fix: 'this is a bug in sastaops: report it',
	};
}
