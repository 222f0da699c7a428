import type {WebAnswer} from '../../ports/web/exchange.js';
import type {AuditContext} from '../context.js';

/**
 * What the target answers for what cannot be there: many answer 200 and a page to everything. As a file and as a folder;
 * as a file below the API too.
 */
export type UnknownPaths = {readonly file: WebAnswer; readonly folder: WebAnswer};

export const UNKNOWN_REQUESTS = 2;

/** @throws NoAnswer, NotSent, Blocked: by then nothing can be said of any path */
export function unknownPaths(context: AuditContext): Promise<UnknownPaths> {
	return context.shared('unknown paths', async () => {
		const name = context.host.randomHex(8);
		const [file, folder] = await Promise.all([
			// Firewalls turn away such names of files, and let the rest through.
			context.site.send({url: `/${name}.env`, maxBytes: 65_536, expectsBlock: true}),
			context.site.send({url: `/${name}/`, maxBytes: 65_536}),
		]);
		return {file, folder};
	});
}

/** Whether an answer is what the target answers to everything: about as long, and the same at its beginning. */
export function isLikeUnknown(answer: Pick<WebAnswer, 'body'>, {file, folder}: UnknownPaths): boolean {
	return [file, folder].some(({body}) => {
		const [size, own] = [body.length, answer.body.length];
		const isAsLong = Math.abs(size - own) <= 0.05 * Math.max(size, own) || own >= 4096;
		return isAsLong && body.length > 0 && body.subarray(0, 256).equals(answer.body.subarray(0, 256));
	});
}
