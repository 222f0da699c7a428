import {makeCheck} from '../../check.js';
import {targetOf} from '../../context.js';
import type {Finding} from '../../verdict.js';

export type MethodFacts = {readonly status: number; readonly isEchoed: boolean};

export const httpMethods = makeCheck<MethodFacts>({
	id: 'http.methods',
	group: 'content',
	title: 'TRACE is refused',
	severity: 'medium',
	effect: 'passive',
	maxRequests: 1,
	sends: ['TRACE of the target with a random header'],
	why: 'TRACE sends back what a proxy adds to a request, such as inner addresses and credentials.',
	fix: 'in Apache: TraceEnable off; in a proxy: allow only the methods the shop has',
	references: ['RFC 9110, 9.3.8', 'OWASP ASVS 5.0, 13.4.4'],
	async gather(context) {
		const value = context.host.randomHex(8);
		const {status, body} = await context.site.send({
			url: targetOf(context).path,
			method: 'TRACE',
			headers: {'x-sastaops-trace': value},
			maxBytes: 65_536,
			expectsBlock: true,
		});
		return {status, isEchoed: body.includes(value)};
	},
	judge: judgeMethods,
});

export function judgeMethods({status, isEchoed}: MethodFacts): Finding {
	const evidence = [`TRACE answered ${status}`];
	return status === 200 && isEchoed
		? {verdict: 'fail', reason: 'TRACE sends the request back', evidence}
		: {verdict: 'pass', reason: 'TRACE sends nothing back', evidence};
}
