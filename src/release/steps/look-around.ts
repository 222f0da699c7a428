import {walkJourney} from '../../audit/journey.js';
import type {Config} from '../../kernel/config/schema.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {NoAnswer} from '../../ports/web/dial.js';
import {exchange, type WebAnswer} from '../../ports/web/exchange.js';

const TIMEOUT_MS = 5000;

/** Wherever the shop is: it is one's own. */
const ROUTE = {rules: [], family: undefined, proxy: undefined, allowPrivate: true, ca: []} as const;

/**
 * Looks around in a shop that was just deployed, as a customer does: the list of products and one of them. A version can
 * say that it is healthy, and show nothing.
 * @returns what was seen, for people; undefined for a shop that has no products of the contract, or did not answer
 * @throws SastaError SHOP_BROKEN when what customers look at answers 500
 */
export async function lookAround(
	{url, api, headers}: Pick<Config['shop'], 'url' | 'api' | 'headers'>,
	host: Host,
): Promise<string | undefined> {
	if (url === undefined) return undefined;
	let broken: WebAnswer | undefined;
	const base = new URL(api, url).href.replace(/\/+$/, '');
	const ask = async ({path}: {readonly path: string}) => {
		const answer = await exchange(
			{url: new URL(base + path), headers: {accept: 'application/json', ...headers}, timeoutMs: TIMEOUT_MS},
			ROUTE,
			host.signal,
		);
		if (answer.status === 500) broken = answer;
		return answer;
	};
	try {
		const steps = await walkJourney({ask, idempotencyKey: host.randomHex(8)});
		if (broken === undefined) {
			return steps.every(({outcome}) => outcome === 'done') ? 'a customer can look around' : undefined;
		}
	} catch (error) {
		host.signal.throwIfAborted();
		if (!(error instanceof NoAnswer)) throw error;
		host.emit({type: 'log', level: 'warn', message: `${base}/products was not looked at: ${error.message}`});
		return undefined;
	}
	throw new SastaError(
		'SHOP_BROKEN',
		`${broken.url.href} answers 500: the shop says it is healthy, and shows nothing`,
		{
			exitCode: EXIT.stopped,
			hint: 'Look at the shop’s log, then: sastaops release resume (try again) or release rollback (the old version)',
		},
	);
}
