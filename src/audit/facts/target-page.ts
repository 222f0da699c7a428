import {NoAnswer} from '../../ports/web/dial.js';
import type {WebAnswer} from '../../ports/web/exchange.js';
import {headerOf} from '../../ports/web/exchange.js';
import {type AuditContext, targetOf} from '../context.js';

/**
 * The answer of the target itself, not that of a redirect's end.
 * @throws NoAnswer when the server is in trouble: then its headers and texts are those of its trouble
 */
export async function targetPage(context: AuditContext): Promise<WebAnswer> {
	const answer = await context.site.page(targetOf(context).path);
	if (answer.status < 500) return answer;
	throw new NoAnswer('protocol', `${answer.url.href} answers ${answer.status}: the server is in trouble`);
}

/** Whether an answer is a page for people. */
export function isHtml(answer: Pick<WebAnswer, 'headers' | 'body'>): boolean {
	const type = headerOf(answer, 'content-type')?.split(';')[0]?.trim().toLowerCase();
	if (type === undefined || type === '')
		return /^\s*<(?:!doctype html|html)\b/i.test(answer.body.toString('latin1', 0, 256));
	return type === 'text/html' || type === 'application/xhtml+xml';
}
