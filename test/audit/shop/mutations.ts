import {createHash, createHmac} from 'node:crypto';
import type {Mutation, Passed, Reply} from '../../support/tls-proxy.js';
import {type ConfigChange, CUSTOMER, KEY_ID, SECRETS} from './open-audited-shop.js';

/** One way to have it wrong, and what must be found: ids, each once, and nothing else. */
export type Mutated = {
	readonly name: string;
	/** Groups whose requests it touches; all others ask as they ask the shop that is right. */
	readonly groups: readonly string[];
	readonly found: readonly string[];
	/** Made anew for each run: it may remember. */
	readonly make?: (tokens: Tokens) => Mutation;
	readonly config?: ConfigChange;
};

export type Tokens = {readonly customer: string; readonly other: string};

type Json = Record<string, unknown>;

const VERIFY = '/api/payments/verify';
const WEBHOOK = '/api/webhooks/razorpay';
const SESSIONS = '/api/sessions';
const CHECKOUT = '/api/checkout';

const say = (status: number, body: unknown, headers: Reply['headers'] = {}): Reply => ({
	status,
	headers: {'content-type': 'application/json', ...headers},
	body: JSON.stringify(body),
});
const broken = () => say(500, {statusCode: 500, error: 'Internal Server Error', message: 'x is not a function'});
const hmac = (secret: string, text: string, algorithm = 'sha256') =>
	createHmac(algorithm, secret).update(text).digest('hex');

function json(text: string): Json {
	try {
		const value: unknown = JSON.parse(text);
		return typeof value === 'object' && value !== null ? (value as Json) : {};
	} catch {
		return {};
	}
}

/** Changes only what comes to one address. */
const at =
	(method: string, path: string, mutation: Mutation): (() => Mutation) =>
	() =>
	(asked, forward) =>
		asked.method === method && asked.path === path ? mutation(asked, forward) : forward();

/** Says yes to a payment where the condition holds; everything else goes to the shop. */
const verifyAccepts = (is: (signature: unknown, body: Json, right: string) => boolean | 'broken') =>
	at('POST', VERIFY, ({body}, forward) => {
		const sent = json(body);
		const right = hmac(SECRETS.keySecret, `${sent['razorpay_order_id']}|${sent['razorpay_payment_id']}`);
		const verdict = is(sent['razorpay_signature'], sent, right);
		if (verdict === 'broken') return broken();
		return verdict ? say(200, {status: 'paid'}) : forward();
	});

function inGroup(group: string, list: readonly Omit<Mutated, 'groups'>[]): readonly Mutated[] {
	return list.map((one) => ({groups: [group], ...one}));
}

const PAYMENTS = inGroup('payments', [
	{
		name: 'the signature of a payment is not checked',
		found: ['payments.tampered'],
		make: verifyAccepts((signature, _, right) => signature !== right),
	},
	{
		name: 'a short signature throws',
		found: ['payments.tampered'],
		make: verifyAccepts((signature) => typeof signature === 'string' && signature.length !== 64 && 'broken'),
	},
	{
		name: 'a signature in capitals is taken',
		found: ['payments.tampered'],
		make: verifyAccepts((signature, _, right) => String(signature) === right.toUpperCase()),
	},
	{
		name: 'the order id of the browser is signed over',
		found: ['payments.tampered'],
		make: verifyAccepts(
			(signature, {razorpay_order_id: id, razorpay_payment_id: payment}, right) =>
				signature === right && id !== right && isSwapped(String(id), String(payment)),
		),
	},
	{
		name: 'the secret of the webhook signs payments',
		found: ['payments.tampered'],
		make: verifyAccepts(
			(signature, {razorpay_order_id: id, razorpay_payment_id: payment}) =>
				signature === hmac(SECRETS.webhookSecret, `${id}|${payment}`),
		),
	},
	{
		name: 'a list is taken for what it holds',
		found: ['payments.tampered'],
		make: verifyAccepts((signature, _, right) => Array.isArray(signature) && String(signature) === right),
	},
	{
		name: 'a missing signature throws',
		found: ['payments.tampered'],
		make: verifyAccepts((signature) => signature === undefined && 'broken'),
	},
	{
		name: 'what stands behind the signature is cut off',
		found: ['payments.tampered'],
		make: verifyAccepts(
			(signature, _, right) => typeof signature === 'string' && signature.length > 64 && signature.startsWith(right),
		),
	},
	{
		name: 'a payment is not asked after',
		found: ['payments.synthetic'],
		make: verifyAccepts(
			(signature, {razorpay_order_id: id, razorpay_payment_id: payment}, right) =>
				signature === right && !isSwapped(String(id), String(payment)),
		),
	},
	{
		name: 'the price of the browser is charged',
		found: ['payments.price'],
		make: at('POST', CHECKOUT, async (asked, forward) => {
			const [{pricePaise, slug} = {}] = itemsOf(asked);
			if (pricePaise === undefined) return forward();
			return withAmount(await forward({body: JSON.stringify({items: [{slug, quantity: 1}]})}), Number(pricePaise));
		}),
	},
	{
		name: 'the amount of the browser is charged',
		found: ['payments.price'],
		make: at('POST', CHECKOUT, async (asked, forward) => {
			const {amountPaise, items} = json(asked.body);
			if (amountPaise === undefined) return forward();
			return withAmount(await forward({body: JSON.stringify({items})}), Number(amountPaise));
		}),
	},
	{
		name: 'less than nothing is sold',
		found: ['payments.price'],
		make: at('POST', CHECKOUT, async (asked, forward) => {
			const [{quantity, slug} = {}] = itemsOf(asked);
			if (Number(quantity) >= 0) return forward();
			return withAmount(await forward({body: JSON.stringify({items: [{slug, quantity: 1}]})}), -9900);
		}),
	},
	{
		name: 'a fraction of a unit throws',
		found: ['payments.price'],
		make: at('POST', CHECKOUT, (asked, forward) => (itemsOf(asked)[0]?.['quantity'] === 1.5 ? broken() : forward())),
	},
	{
		name: 'rupees are charged for paise',
		found: ['payments.order'],
		make: at('POST', CHECKOUT, async (_, forward) => withAmount(await forward(), 99)),
	},
	{
		name: 'the order is none of Razorpay’s',
		found: ['payments.order'],
		make: at('POST', CHECKOUT, async (_, forward) =>
			changed(await forward(), ({payment, ...rest}) => ({
				...rest,
				payment: {...(payment as Json), orderId: 'order_AAAAAAAAAAAAAA'},
			})),
		),
	},
	{
		name: 'the key of a wish is not looked at',
		found: ['payments.idempotency'],
		make: at('POST', CHECKOUT, (asked, forward) => forward(withKey(asked, hmac('', `${Math.random()}`).slice(0, 32)))),
	},
	{
		name: 'a wish without a key is taken',
		found: ['payments.idempotency'],
		make: at('POST', CHECKOUT, (asked, forward) =>
			asked.headers['idempotency-key'] === undefined
				? forward(withKey(asked, hmac('', `${Math.random()}`).slice(0, 32)))
				: forward(),
		),
	},
	{
		name: 'a live key stands in the page of a test shop',
		found: ['payments.mode'],
		make: () => async (asked, forward) => {
			const reply = await forward();
			return asked.path === '/app.js' ? {...reply, body: reply.body.replace(KEY_ID, 'rzp_live_Ab12Cd34Ef56Gh')} : reply;
		},
	},
	{name: 'a test key is used in production', found: ['payments.mode'], config: {environment: 'production'}},
	{
		name: 'the page has the key of another account',
		found: ['payments.mode'],
		make: () => async (asked, forward) => {
			const reply = await forward();
			return asked.path === '/app.js' ? {...reply, body: reply.body.replace(KEY_ID, 'rzp_test_Ab12Cd34Ef56Gh')} : reply;
		},
	},
	{
		name: 'Razorpay does not know the key',
		found: ['payments.credentials'],
		config: {keySecret: 'not the secret of that key'},
	},
]);

/** What the check makes up in place of the order's own. */
function isSwapped(orderId: string, _paymentId: string): boolean {
	return /^order_[0-9a-f]{14}$/.test(orderId);
}

function itemsOf({body}: Passed): readonly Json[] {
	const {items} = json(body);
	return Array.isArray(items) ? (items as Json[]) : [];
}

function changed(reply: Reply, change: (body: Json) => Json): Reply {
	if (reply.status >= 300) return reply;
	return {...reply, body: JSON.stringify(change(json(reply.body)))};
}

function withAmount(reply: Reply, amountPaise: number): Reply {
	return changed(reply, ({payment, order}) => ({
		payment: {...(payment as Json), amountPaise},
		order: {...(order as Json), totalPaise: amountPaise},
	}));
}

function withKey({headers}: Passed, key: string): Partial<Passed> {
	return {headers: {...headers, 'idempotency-key': key}};
}

/** Acknowledges a delivery where the condition holds. */
const webhookAccepts = (is: (signature: string | undefined, asked: Passed) => boolean | 'broken') =>
	at('POST', WEBHOOK, (asked, forward) => {
		const verdict = is(asked.headers['x-razorpay-signature'], asked);
		if (verdict === 'broken') return broken();
		return verdict ? say(200, {status: 'stored'}) : forward();
	});

const rightFor = (body: string) => hmac(SECRETS.webhookSecret, body);

const WEBHOOKS = inGroup('webhooks', [
	{
		name: 'a webhook without a signature is taken',
		found: ['webhooks.unsigned'],
		make: webhookAccepts((signature) => signature === undefined),
	},
	{
		name: 'a webhook without a signature throws',
		found: ['webhooks.unsigned'],
		make: webhookAccepts((signature) => signature === undefined && 'broken'),
	},
	{
		name: 'any signature will do',
		found: ['webhooks.tampered'],
		make: webhookAccepts(
			(signature, {body}) => signature !== undefined && signature !== '' && signature !== rightFor(body),
		),
	},
	{
		name: 'a webhook is verified after it was parsed',
		found: ['webhooks.tampered'],
		make: webhookAccepts(
			(signature, {body}) => signature === rightFor(JSON.stringify(json(body))) && body.endsWith(' '),
		),
	},
	{
		name: 'SHA-1 will do',
		found: ['webhooks.tampered'],
		make: webhookAccepts((signature, {body}) => signature === hmac(SECRETS.webhookSecret, body, 'sha1')),
	},
	{
		name: 'a prefix is cut off',
		found: ['webhooks.tampered'],
		make: webhookAccepts((signature, {body}) => signature === `sha256=${rightFor(body)}`),
	},
	{
		name: 'a short signature of a webhook throws',
		found: ['webhooks.tampered'],
		make: webhookAccepts((signature) => signature?.length === 63 && 'broken'),
	},
	{
		name: 'an event it does not know is refused',
		found: ['webhooks.genuine'],
		make: at('POST', WEBHOOK, (asked, forward) =>
			json(asked.body)['event'] === 'sastaops.ping' ? say(400, {error: {code: 'EVENT'}}) : forward(),
		),
	},
	{
		name: 'an event it does not know throws',
		found: ['webhooks.genuine'],
		make: at('POST', WEBHOOK, (asked, forward) =>
			json(asked.body)['event'] === 'sastaops.ping' ? broken() : forward(),
		),
	},
	{
		name: 'the webhook is set to another secret',
		found: ['webhooks.genuine'],
		config: {webhookSecret: 'the secret of last year'},
	},
	{
		name: 'what comes again is taken again',
		found: ['webhooks.replay'],
		make: at('POST', WEBHOOK, async (_, forward) =>
			changed(await forward(), ({status}) => ({status: status === 'duplicate' ? 'stored' : status})),
		),
	},
	{
		name: 'only the event id is looked at',
		found: ['webhooks.replay'],
		make: () => {
			const seen = new Set<string>();
			return async ({path, headers}, forward) => {
				const reply = await forward();
				const id = headers['x-razorpay-event-id'] ?? '';
				if (path !== WEBHOOK || reply.status !== 200) return reply;
				const isNew = !seen.has(id);
				seen.add(id);
				return changed(reply, ({status}) => ({status: status === 'duplicate' && isNew ? 'stored' : status}));
			};
		},
	},
	{
		name: 'what is days old is taken for new',
		found: ['webhooks.replay'],
		make: at('POST', WEBHOOK, async (_, forward) =>
			changed(await forward(), ({status}) => ({status: status === 'stale' ? 'stored' : status})),
		),
	},
	{
		name: 'what comes again is refused',
		found: ['webhooks.replay'],
		make: at('POST', WEBHOOK, async (_, forward) => {
			const reply = await forward();
			return json(reply.body)['status'] === 'duplicate' ? say(409, {error: {code: 'DUPLICATE'}}) : reply;
		}),
	},
]);

const bearer = (token: string) => ({authorization: `Bearer ${token}`});
const isReal = ({headers}: Passed) => /^Bearer sa_/.test(headers['authorization'] ?? '');

/** A shop whose tokens are JWTs, in front of the one whose are not; each way to verify them wrongly is a change of it. */
const jwtShop =
	({
		secret = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
		payload = {exp: Math.floor(Date.now() / 1000) + 900},
		accepts = (_token: string) => false,
	}: {
		readonly secret?: string;
		readonly payload?: Json;
		readonly accepts?: (token: string) => boolean;
	}) =>
	(): Mutation => {
		let real = '';
		const realOf = new Map<string, string>();
		const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
		const signed = (text: string) => createHmac('sha256', secret).update(text).digest('base64url');
		return async (asked, forward) => {
			const token = /^Bearer (\S+)$/.exec(asked.headers['authorization'] ?? '')?.[1];
			const [first = '', second = '', third = ''] = (token ?? '').split('.');
			const isRight =
				token !== undefined && third === signed(`${first}.${second}`) && first === encode({alg: 'HS256', typ: 'JWT'});
			const own = token === undefined ? undefined : isRight ? realOf.get(second) : accepts(token) ? real : undefined;
			const reply = await forward(token === undefined ? {} : {headers: {...asked.headers, ...bearer(own ?? 'none')}});
			if (asked.path !== SESSIONS || reply.status !== 201) return reply;
			return changed(reply, (body) => {
				real = String(body['accessToken']);
				const head = encode({alg: 'HS256', typ: 'JWT'});
				const content = encode({sub: createHash('sha256').update(real).digest('hex').slice(0, 12), ...payload});
				realOf.set(content, real);
				return {...body, accessToken: `${head}.${content}.${signed(`${head}.${content}`)}`};
			});
		};
	};

const algorithmOf = (token: string) =>
	String(json(Buffer.from(token.split('.')[0] ?? '', 'base64url').toString())['alg']);

const AUTH = inGroup('auth', [
	{
		name: 'a customer’s own answer may be kept by everybody',
		found: ['auth.cache'],
		make: at('GET', '/api/me', async (_asked, forward) => {
			const reply = await forward();
			return {...reply, headers: {...reply.headers, 'cache-control': 'public, max-age=60'}};
		}),
	},
	{
		name: 'a private route is open',
		found: ['auth.required'],
		make:
			({customer}) =>
			(asked, forward) =>
				asked.path === '/api/me' && !isReal(asked) && asked.headers['authorization'] === undefined
					? forward({headers: {...asked.headers, ...bearer(customer)}})
					: forward(),
	},
	{
		name: 'a private route throws without a token',
		found: ['auth.required'],
		make: at('GET', '/api/orders', (asked, forward) =>
			asked.headers['authorization'] === undefined ? broken() : forward(),
		),
	},
	{
		name: 'any end of a token will do',
		found: ['auth.jwt'],
		make:
			({customer}) =>
			(asked, forward) =>
				/^Bearer sa_.{80,}/.test(asked.headers['authorization'] ?? '') &&
				asked.path === '/api/me' &&
				/[ab]$/.test(asked.headers['authorization'] ?? '')
					? forward({headers: {...asked.headers, ...bearer(customer)}})
					: forward(),
	},
	{name: 'tokens are JWTs, and right', found: [], make: jwtShop({})},
	{
		name: 'the algorithm none will do',
		found: ['auth.jwt'],
		make: jwtShop({accepts: (token) => algorithmOf(token) === 'none'}),
	},
	{
		name: 'the content of a token may be edited',
		found: ['auth.jwt'],
		make: jwtShop({accepts: (token) => token.split('.')[2] !== '' && algorithmOf(token) === 'HS256'}),
	},
	{name: 'tokens are signed with "changeme"', found: ['auth.jwt'], make: jwtShop({secret: 'changeme'})},
	{name: 'tokens never end', found: ['auth.jwt'], make: jwtShop({payload: {}})},
	{
		name: 'tokens carry a password',
		found: ['auth.jwt'],
		make: jwtShop({payload: {exp: Math.floor(Date.now() / 1000) + 900, passwordHash: 'x'}}),
	},
	{
		name: 'a log-out does nothing',
		found: ['auth.session'],
		make: at('DELETE', SESSIONS, () => ({status: 204, headers: {}, body: ''})),
	},
	{
		name: 'the cookie of a log-in is open to scripts',
		found: ['auth.session'],
		make: at('POST', SESSIONS, async (_, forward) => {
			const reply = await forward();
			return reply.status === 201
				? {...reply, headers: {...reply.headers, 'set-cookie': ['sid=1; Path=/; Secure; SameSite=Lax']}}
				: reply;
		}),
	},
	{
		name: 'the status tells who is no customer',
		found: ['auth.enumeration'],
		make: at('POST', SESSIONS, async (asked, forward) => {
			const reply = await forward();
			return reply.status === 401 && json(asked.body)['email'] !== CUSTOMER
				? say(404, {error: {code: 'UNKNOWN_USER'}})
				: reply;
		}),
	},
	{
		name: 'the words tell who is no customer',
		found: ['auth.enumeration'],
		make: at('POST', SESSIONS, async (asked, forward) => {
			const reply = await forward();
			return reply.status === 401 && json(asked.body)['email'] !== CUSTOMER
				? say(401, {error: {code: 'NO_SUCH_ACCOUNT'}})
				: reply;
		}),
	},
	{name: 'another customer’s order is given out', found: ['auth.bola'], make: orderFor('other')},
	{name: 'an order is given to whoever asks', found: ['auth.bola'], make: orderFor('nobody')},
	{
		name: 'a customer makes herself a manager',
		found: ['auth.massassign'],
		make: () => {
			let role: unknown;
			return async (asked, forward) => {
				if (asked.path !== '/api/me') return forward();
				if (asked.method === 'PATCH') {
					role = json(asked.body)['role'];
					return say(200, {ok: true});
				}
				return changed(await forward(), (body) => (role === undefined ? body : {...body, role}));
			};
		},
	},
	{
		name: 'one registers as a manager',
		found: ['auth.massassign'],
		make: at('POST', '/api/users', async ({body}, forward) => {
			const {email, password, name, role} = json(body);
			const reply = await forward({body: JSON.stringify({email, password, name})});
			return changed(reply, (answer) => ({...answer, role}));
		}),
	},
	{name: 'unknown fields of a profile throw', found: ['auth.massassign'], make: at('PATCH', '/api/me', broken)},
]);

/** The first customer's orders, for somebody else too. */
function orderFor(whom: 'other' | 'nobody'): NonNullable<Mutated['make']> {
	return () => {
		let owner = '';
		return async (asked, forward) => {
			const authorization = asked.headers['authorization'];
			const isOne = /^\/api\/orders\/[0-9a-f]{24}$/.test(asked.path);
			if (asked.path === CHECKOUT && authorization !== undefined) owner = authorization;
			if (!isOne || (whom === 'nobody') !== (authorization === undefined)) return forward();
			return forward({headers: {...asked.headers, authorization: owner}});
		};
	};
}

const LOG_INS = inGroup('ratelimit', [
	{
		name: 'log-ins have no limit',
		found: ['ratelimit.enforced'],
		make: at('POST', SESSIONS, async (asked, forward) =>
			withoutLimits(await forward({headers: {...asked.headers, 'x-trusted-for': freshAddress()}})),
		),
	},
	{
		name: '429 comes without Retry-After',
		found: ['ratelimit.enforced'],
		make: at('POST', SESSIONS, async (_, forward) => {
			const reply = await forward();
			const {'retry-after': __, ...headers} = reply.headers;
			return reply.status === 429 ? {...reply, headers} : reply;
		}),
	},
	{
		name: 'Retry-After is no time',
		found: ['ratelimit.enforced'],
		make: at('POST', SESSIONS, async (_, forward) => {
			const reply = await forward();
			return reply.status === 429 ? {...reply, headers: {...reply.headers, 'retry-after': 'soon'}} : reply;
		}),
	},
	{
		name: 'X-Forwarded-For is believed',
		found: ['ratelimit.enforced'],
		make: at('POST', SESSIONS, (asked, forward) => {
			const claimed = asked.headers['x-forwarded-for'];
			return forward(claimed === undefined ? {} : {headers: {...asked.headers, 'x-trusted-for': claimed}});
		}),
	},
	{
		name: 'the limit is told in no number',
		found: ['ratelimit.headers'],
		make: at('GET', '/api/products', async (_, forward) => {
			const reply = await forward();
			return {...reply, headers: {...reply.headers, 'ratelimit-policy': 'many'}};
		}),
	},
]);

function freshAddress(): string {
	return `192.0.2.${Math.floor(Math.random() * 250)}`;
}

function withoutLimits(reply: Reply): Reply {
	const headers = Object.fromEntries(Object.entries(reply.headers).filter(([name]) => !name.startsWith('ratelimit')));
	return {...reply, headers};
}

const hasOperator = ({body}: Passed) => typeof json(body)['email'] === 'object';

const INPUT = inGroup('input', [
	{
		name: 'an operator logs in',
		found: ['input.operators'],
		make:
			({customer}) =>
			(asked, forward) =>
				asked.path === SESSIONS && hasOperator(asked) ? say(201, {accessToken: customer}) : forward(),
	},
	{
		name: 'an operator throws, and shows where',
		found: ['input.operators'],
		make: at('POST', SESSIONS, (asked, forward) =>
			hasOperator(asked)
				? say(500, {
						message: 'MongoServerError: unknown operator: $foo',
						stack: 'Error\n    at login (/srv/shop/node_modules/x/index.js:10:3)',
					})
				: forward(),
		),
	},
	{
		name: 'an operator in the query throws',
		found: ['input.operators'],
		make: () => (asked, forward) => (asked.path.includes('[$ne]') || asked.path.includes('%24') ? broken() : forward()),
	},
	{
		name: 'a body that is too large throws',
		found: ['input.bodylimit'],
		make: at('POST', SESSIONS, (asked, forward) => (asked.body.length > 1_048_576 ? broken() : forward())),
	},
	{
		name: 'a key of the prototype throws',
		found: ['input.prototype'],
		make: at('POST', SESSIONS, (asked, forward) => (asked.body.includes('__proto__') ? broken() : forward())),
	},
]);

const SMOKE = inGroup('smoke', [
	{name: 'products throw', found: ['smoke.journey'], make: at('GET', '/api/products', broken)},
	{
		name: 'a product throws',
		found: ['smoke.journey'],
		make: () => (asked, forward) => (asked.path.startsWith('/api/products/') ? broken() : forward()),
	},
	{
		name: 'nothing can be ordered',
		found: ['smoke.journey'],
		make: at('POST', CHECKOUT, () => say(400, {error: {code: 'NO'}})),
	},
	{
		name: 'an order is not seen',
		found: ['smoke.journey'],
		make: () => (asked, forward) =>
			/^\/api\/orders\b/.test(asked.path) && asked.method === 'GET' && isReal(asked)
				? say(404, {error: {code: 'UNKNOWN_ORDER'}})
				: forward(),
	},
]);

export const MUTATIONS: readonly Mutated[] = [...PAYMENTS, ...WEBHOOKS, ...AUTH, ...LOG_INS, ...INPUT, ...SMOKE];
