import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {scrub} from '../../../src/app/observe/scrub.js';
import {makeRedactor} from '../../../src/kernel/redact.js';

const plain = (text: string) => text;
const SECRET = 'S3cr3tV4lu3';
/** Test numbers of Razorpay and Stripe, and one of fourteen digits. */
const CARDS = ['4111 1111 1111 1111', '5267318187975449', '3782-822463-10005', '30569309025904'];

const secretName = fc.constantFrom(
	'password',
	'newPassword',
	'PASSWORD',
	'authorization',
	'Proxy-Authorization',
	'cookie',
	'Set-Cookie',
	'accessToken',
	'refresh_token',
	'token',
	'x-razorpay-signature',
	'razorpay_signature',
	'webhookSecret',
	'key_secret',
	'apiKey',
	'api-key',
	'card',
	'cardNumber',
	'card_number',
	'cvv',
	'cvc',
	'pan',
	'otp',
	'pin',
	'credentials',
	'SENTRY_DSN',
);

/** A secret under a telling name, somewhere in any depth of anything. */
const holder = fc
	.tuple(secretName, fc.constantFrom<unknown>(SECRET, [SECRET], {value: SECRET}, new Map([['a', SECRET]])))
	.map(([name, value]): unknown => ({[name]: value}));
const nested = fc
	.tuple(holder, fc.array(fc.constantFrom('object', 'array', 'map', 'set', 'error', 'json'), {maxLength: 8}))
	.map(([inner, layers]) =>
		layers.reduce<unknown>((value, layer) => {
			if (layer === 'object') return {harmless: 1, data: value};
			if (layer === 'array') return ['first', value];
			if (layer === 'map') return new Map([['data', value]]);
			if (layer === 'set') return new Set([value]);
			if (layer === 'json') return {toJSON: () => value};
			return new Error('outer', {cause: value});
		}, inner),
	);

describe('scrubbing', () => {
	it('masks what a telling name holds, however deep', () => {
		fc.assert(
			fc.property(nested, (value) => {
				expect(JSON.stringify(scrub(value, plain))).not.toContain(SECRET);
			}),
			{numRuns: 2000},
		);
	});

	it.each([
		`password=${SECRET}`,
		`"password":"${SECRET}"`,
		`{\\"token\\":\\"${SECRET}\\"}`,
		`Authorization: Bearer ${SECRET}`,
		`cookie: ${SECRET}; path=/`,
		`x-razorpay-signature: ${SECRET}`,
		`POST failed with api_key=${SECRET}&x=1`,
		`cvv='${SECRET}'`,
	])('masks a secret that a text names: %s', (text) => {
		expect(JSON.stringify(scrub({message: text, error: new Error(text)}, plain))).not.toContain(SECRET);
	});

	it('masks card numbers in texts and in numbers, and leaves other digits alone', () => {
		for (const card of CARDS) {
			expect(scrub({note: `paid by ${card} today`}, plain)).toEqual({note: 'paid by *** today'});
		}
		expect(scrub(4_111_111_111_111_111, plain)).toBe('***');
		const order = {id: '65f0c0ffee65f0c0ffee0001', at: 1_764_000_000_000, paise: 49_900, ref: '4111111111111112'};
		expect(scrub(order, plain)).toEqual(order);
	});

	it('masks what the host knows, in any text', () => {
		const {add, redact} = makeRedactor();
		add('a-known-value');
		expect(JSON.stringify(scrub({deep: [{x: 'with a-known-value in it'}]}, redact))).not.toContain('a-known-value');
		expect(JSON.stringify(scrub({u: 'mongodb://app:hunter22@db/shop'}, redact))).not.toContain('hunter22');
	});

	it('takes anything, bounded, and never throws', () => {
		const cyclic: Record<string, unknown> = {};
		cyclic['self'] = cyclic;
		const {proxy, revoke} = Proxy.revocable({}, {});
		revoke();
		const odd = [
			cyclic,
			proxy,
			{
				get x() {
					throw new Error('no');
				},
			},
			Symbol('s'),
			() => 1,
			1n,
			Buffer.alloc(1e6),
			new Date(Number.NaN),
			Object.create(null),
			'x'.repeat(1e6),
			Array(1e5).fill('y'.repeat(100)),
			{
				toJSON: () => {
					throw new Error('no');
				},
			},
		];
		for (const value of odd) expect((JSON.stringify(scrub({value}, plain)) ?? '').length).toBeLessThan(20_000);
		fc.assert(
			fc.property(
				fc.anything({
					withBigInt: true,
					withMap: true,
					withDate: true,
					withSparseArray: true,
					withTypedArray: true,
					withNullPrototype: true,
				}),
				(value) => {
					JSON.stringify(scrub(value, plain));
				},
			),
			{numRuns: 500},
		);
	});
});
