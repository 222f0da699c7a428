import type {WebAnswer} from '../../ports/web/exchange.js';
import type {AuditContext} from '../context.js';
import {apiOf, controlOf} from './api.js';
import {isSame, type Reach, reachOf} from './reach.js';

/** A log-in of nobody, as a shop refuses it. */
export type WrongLogIn = {
	readonly answer: WebAnswer;
	readonly reach: Reach;
	/** Whether there is a log-in at all: it says something that is not said anywhere. */
	readonly isThere: boolean;
};

/** What the checks that spoil a log-in compare with; one request for all of them. */
export function wrongLogIn(context: AuditContext): Promise<WrongLogIn> {
	return context.shared('wrong log-in', async () => {
		const answer = await postWrong(context);
		const control = await controlOf(context, 'POST');
		const reach = reachOf(answer, control);
		const says = reach === 'refused' || reach === 'login' || reach === 'limited' || reach === 'excused';
		return {answer, reach, isThere: says && !isSame(answer, control)};
	});
}

export const NO_LOG_IN = 'the shop has no POST /sessions';

/** An address that no account can have: RFC 2606 keeps `.invalid`. */
export function nobody({host}: Pick<AuditContext, 'host'>): string {
	return `sastaops-${host.randomHex(6)}@audit.invalid`;
}

export function postWrong(
	context: AuditContext,
	{
		email = nobody(context),
		headers = {},
	}: {readonly email?: string; readonly headers?: Readonly<Record<string, string>>} = {},
): Promise<WebAnswer> {
	return apiOf(context)({
		method: 'POST',
		path: '/sessions',
		json: {email, password: `wrong-${context.host.randomHex(8)}`},
		headers,
		expects429: true,
	});
}
