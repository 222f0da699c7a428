import {mkdtemp, rm} from 'node:fs/promises';
import type {IncomingMessage, RequestListener, ServerResponse} from 'node:http';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {foundIn, inconclusiveIn, runAudit} from '../../support/audit/run-audit.js';
import {serve} from '../../support/serve.js';

const WORDS = ['auth', 'ratelimit', 'input', 'payments', 'webhooks', 'smoke'];

const send = (response: ServerResponse, status: number, body: unknown, type = 'application/json') => {
	response.writeHead(status, {'content-type': type});
	response.end(typeof body === 'string' ? body : JSON.stringify(body));
};

const page = (title: string) => `<!doctype html><title>${title}</title><p>${Math.random()}`;

/** Reads all of a request first, as most servers do. */
const afterBody =
	(answer: (request: IncomingMessage, response: ServerResponse, body: string) => void): RequestListener =>
	(request, response) => {
		let body = '';
		request.setEncoding('utf8').on('data', (text: string) => {
			body += text;
		});
		request.on('end', () => answer(request, response, body));
	};

/** Sites in which nothing of the contract is wrong, each with something that looks like it. */
const FINE: Readonly<Record<string, RequestListener>> = {
	'plain files': afterBody((request, response) => {
		if (request.method !== 'GET') send(response, 405, '<h1>405 Not Allowed</h1>', 'text/html');
		else if (request.url === '/') send(response, 200, page('Tea'), 'text/html');
		else send(response, 404, '<h1>404 Not Found</h1>', 'text/html');
	}),
	'one page for every address and method': afterBody((_, response) => send(response, 200, page('Tea'), 'text/html')),
	'JSON with 200 for every address': afterBody((_, response) => send(response, 200, {hello: 'tea'})),
	'a log-in before every address': afterBody((_, response) => send(response, 401, {error: 'log in'})),
	'a redirect to a log-in for every address': afterBody((_, response) => {
		response.writeHead(302, {location: '/login'}).end();
	}),
	'Express, which names method and address': afterBody(({method, url}, response) => {
		if (url === '/') send(response, 200, page('Tea'), 'text/html');
		else send(response, 404, `<pre>Cannot ${method} ${url}</pre>`, 'text/html');
	}),
	'a session that is nobody’s': afterBody(({method, url}, response) => {
		if (method === 'GET' && url === '/api/me') send(response, 200, {user: null, authenticated: false});
		else if (method === 'GET' && url === '/api/orders') send(response, 200, {orders: [], next: null});
		else send(response, 404, {error: {code: 'NOT_FOUND'}});
	}),
	'a shop that refuses as it should': goodShop({}),
	'a log-in that locks the account': goodShop({lockAfter: 5}),
	'a log-in whose limit is told, and high': goodShop({told: '"default";q=600;w=60'}),
	'a front page with the id of a live key': afterBody(({url}, response) => {
		if (url === '/') send(response, 200, '<title>Tea</title><script>k="rzp_live_Ab12Cd34Ef56Gh"</script>', 'text/html');
		else send(response, 404, {error: 'nothing here'});
	}),
};

/** A shop of the contract without a log-in before its payments, in a few lines, with other words than the reference's. */
function goodShop({lockAfter, told}: {readonly lockAfter?: number; readonly told?: string}): RequestListener {
	let logIns = 0;
	const byAddress = new Map<string, number>();
	return afterBody(({method, url = '', headers}, response, body) => {
		const route = `${method} ${url}`;
		if (body.length > 1_000_000) return send(response, 413, {message: 'too large'});
		if (route === 'POST /api/payments/verify') return send(response, 400, {ok: false, message: 'bad signature'});
		if (route === 'POST /api/webhooks/razorpay') return send(response, 403, {message: 'no'});
		if (route === 'GET /api/me' || route === 'GET /api/orders') return send(response, 401, {message: 'who?'});
		if (route === 'GET /api/products') return send(response, 200, [{slug: 'tea', pricePaise: 100}]);
		if (route === 'GET /api/products/tea') return send(response, 200, {slug: 'tea', pricePaise: 100});
		if (route !== 'POST /api/sessions') return send(response, 404, {message: `no ${url}`});
		logIns++;
		if (told !== undefined) response.setHeader('ratelimit-policy', told);
		if (lockAfter !== undefined) {
			const tries = (byAddress.get(body) ?? 0) + 1;
			byAddress.set(body, tries);
			return send(response, tries > lockAfter ? 423 : 401, {message: 'no'});
		}
		if (told === undefined && logIns > 20 && headers['user-agent'] !== undefined) {
			response.setHeader('retry-after', '60');
			return send(response, 429, {message: 'slowly'});
		}
		return send(response, 401, {message: 'wrong'});
	});
}

/** Sites with one thing wrong, in words that no shop of ours uses. */
const WRONG: Readonly<Record<string, readonly [listener: RequestListener, found: readonly string[]]>> = {
	'says verified to anything': [
		over(goodShop({}), 'POST /api/payments/verify', 200, {verified: true}),
		['fail payments.tampered'],
	],
	'refuses in words only': [
		over(goodShop({}), 'POST /api/payments/verify', 200, {success: false}),
		['warn payments.tampered'],
	],
	'acknowledges any webhook': [
		over(goodShop({}), 'POST /api/webhooks/razorpay', 200, 'ok'),
		['fail webhooks.tampered', 'fail webhooks.unsigned'],
	],
	'lists orders to everybody': [
		over(goodShop({}), 'GET /api/orders', 200, [{id: 7, email: 'asha@shop.example'}]),
		['fail auth.required'],
	],
	'never says 429': [over(goodShop({}), 'POST /api/sessions', 401, {message: 'wrong'}), ['fail ratelimit.enforced']],
};

function over(shop: RequestListener, route: string, status: number, body: unknown): RequestListener {
	return (request, response) => {
		if (`${request.method} ${request.url}` !== route) return shop(request, response);
		request.resume().on('end', () => send(response, status, body));
	};
}

describe('sites that are no reference shop', () => {
	let cwd: string;
	beforeAll(async () => {
		cwd = await mkdtemp(join(tmpdir(), 'sastaops-other-'));
	});
	afterAll(() => rm(cwd, {recursive: true, force: true}));

	const audit = async (listener: RequestListener) => {
		const permissions = {active: true, staging: true, knowsItIsLive: false};
		const result = await runAudit({words: WORDS, domain: await serve(listener), permissions}, cwd);
		return {found: foundIn(result), inconclusive: inconclusiveIn(result)};
	};

	it.each(Object.entries(FINE))('nothing is found in %s', async (_, listener) => {
		expect(await audit(listener)).toEqual({found: [], inconclusive: []});
	});

	it.each(Object.entries(WRONG))('finds what %s', async (_, [listener, found]) => {
		expect(await audit(listener)).toEqual({found, inconclusive: []});
	});
});
