import {headerOf, type WebAnswer} from '../../ports/web/exchange.js';
import {fieldOf, jsonOf, mediaTypeOf} from './api.js';

/**
 * What an answer means for something that must be refused. `absent`: there is no such route. `login`: nothing but the
 * log-in before it was reached. `excused`: refused in words, beside a status that says yes. `broken`: 500.
 * `away`: whoever should answer does not.
 */
export type Reach = 'accepted' | 'excused' | 'refused' | 'login' | 'absent' | 'broken' | 'away' | 'limited';

/**
 * @param control what the same method is answered at an address that cannot be there: a site that says yes to everything,
 * or no to everybody, says nothing by it
 */
export function reachOf(answer: WebAnswer, control: WebAnswer): Reach {
	const {status} = answer;
	if (status === 429) return 'limited';
	if (isSame(answer, control)) {
		if (status >= 500) return 'away';
		return status === 401 || status === 403 ? 'login' : 'absent';
	}
	if (status >= 200 && status < 300) return saysNo(answer) ? 'excused' : 'accepted';
	if (status >= 300 && status < 400)
		return /log-?in|sign-?in|auth/i.test(headerOf(answer, 'location') ?? '') ? 'login' : 'absent';
	if (status === 401) return 'login';
	if (status === 405 || status === 501) return 'absent';
	if (status === 500) return 'broken';
	return status > 500 ? 'away' : 'refused';
}

/** Whether it says no more than what is answered anywhere. */
export function isSame(answer: WebAnswer, control: WebAnswer): boolean {
	if (answer.status !== control.status || mediaTypeOf(answer) !== mediaTypeOf(control)) return false;
	// A site that takes every address for its start page may put something new on it each time.
	if (answer.status < 400) return true;
	return shapeOf(answer) === shapeOf(control);
}

/** A body without what differs from request to request: its address, numbers, ids. */
function shapeOf({url, body}: WebAnswer): string {
	return body
		.toString('utf8', 0, 8192)
		.replaceAll(url.href, '')
		.replaceAll(url.pathname, '')
		.replaceAll(/sastaops-[0-9a-f]+|\b(?:GET|POST|PATCH|DELETE)\b/g, '')
		.replaceAll(/[0-9a-f]{8}[0-9a-f-]*|[\w-]{20,}|\d+/gi, '#');
}

const NO = new Set(['failure', 'failed', 'fail', 'error', 'invalid', 'rejected', 'refused', 'unauthorized']);

/** Whether JSON says no in words, whatever its status: `{"success": false}`, `{"status": "failure"}`, `{"error": …}`. */
export function saysNo(answer: Pick<WebAnswer, 'body'>): boolean {
	const json = jsonOf(answer);
	const flags = ['success', 'ok', 'valid', 'verified', 'isValid', 'signatureIsValid', 'authenticated'];
	if (flags.some((name) => ['false', '0'].includes(String(fieldOf(json, name))))) return true;
	const status = fieldOf(json, 'status');
	if (typeof status === 'string' && NO.has(status.toLowerCase())) return true;
	const error = fieldOf(json, 'error');
	return error !== undefined && error !== null && error !== false && error !== '';
}

/** Keys beside which no text is anybody's data. */
const ABOUT_THE_ANSWER = /^(?:error|errors|message|status|code|requestId|request_id|timestamp|links?|next|prev)$/i;

/**
 * Whether a JSON body holds anything of anybody: not for `{"orders": [], "total": 0}` or `{"user": null}`. A number tells
 * something only in a list.
 */
export function holdsData(value: unknown, isListed = false): boolean {
	if (typeof value === 'string') return value !== '';
	if (typeof value === 'number') return isListed;
	if (Array.isArray(value)) return value.some((item) => holdsData(item, true));
	if (typeof value !== 'object' || value === null) return false;
	return Object.entries(value).some(([key, item]) => !ABOUT_THE_ANSWER.test(key) && holdsData(item, isListed));
}
