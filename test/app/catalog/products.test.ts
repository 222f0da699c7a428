import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {openTestShop, type TestShop} from '../open-test-shop.js';

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop();
	const products = Array.from({length: 30}, (_, number) => ({
		slug: `product-${String(number).padStart(2, '0')}`,
		name: `Product ${number}`,
		category: number % 2 ? 'odd' : 'even',
		// Three of each price: the order among them must not waver.
		pricePaise: 100 * Math.floor(number / 3),
		stock: number,
		costPaise: 7,
	}));
	const named = ['Brass lamp-oil', 'Big clamp', 'पीतल का दीपक', 'Lamp (small)', 'a.*b lamp'].map((name, number) => ({
		slug: `named-${number}`,
		name,
		category: 'named',
		pricePaise: 100_000 + number,
		stock: 1,
	}));
	const db = shop.database.mongo.db(shop.database.name);
	await db.collection('products').insertMany([...products, ...named]);
});
afterAll(() => shop.close());

type Product = {slug: string; name: string; pricePaise: number};
const list = async (query: string) => {
	const {status, body} = await shop.request('GET', `/api/products?${query}`);
	return {status, slugs: ((body['products'] ?? []) as Product[]).map(({slug}) => slug), next: body['next'], body};
};
const all = async (query: string, from: unknown = '') => {
	const slugs: string[] = [];
	let next = from;
	for (let pages = 0; next !== null; pages++) {
		const page = await list(`${query}${next === '' ? '' : `&cursor=${next}`}`);
		expect(page.status).toBe(200);
		expect(pages).toBeLessThan(50);
		slugs.push(...page.slugs);
		next = page.next;
	}
	return slugs;
};

describe('the list of products', () => {
	it('comes page by page in the order of slugs, each product once', async () => {
		const slugs = await all('limit=7');
		expect(slugs).toHaveLength(35);
		expect(slugs).toEqual([...new Set(slugs)].sort());
		expect((await list('')).slugs).toHaveLength(24);
		expect((await list('category=named')).next).toBeNull();
	});

	it.each([
		['price', 1],
		['-price', -1],
	])('comes by %s, with an order among equal prices that stays', async (sort, direction) => {
		const query = `sort=${sort}&maxPaise=900`;
		const whole = await all(`${query}&limit=100`);
		expect(whole).toHaveLength(30);
		for (const limit of [1, 2, 4, 30]) expect(await all(`${query}&limit=${limit}`)).toEqual(whole);
		const prices = whole.map((slug) => Math.floor(Number(slug.slice(-2)) / 3) * direction);
		expect(prices).toEqual([...prices].sort((a, b) => a - b));
	});

	it('skips and repeats nothing when products come and go between two pages', async () => {
		const products = shop.database.mongo.db(shop.database.name).collection('products');
		const first = await list('category=odd&limit=5');
		await products.insertOne({slug: 'product-00a', name: 'New', category: 'odd', pricePaise: 1, stock: 1});
		const gone = await products.findOneAndDelete({slug: first.slugs.at(-1) ?? ''});
		const rest = await all('category=odd&limit=5', first.next);
		expect(rest).not.toContain('product-00a');
		expect(new Set([...first.slugs, ...rest]).size).toBe(15);
		await products.deleteOne({slug: 'product-00a'});
		await products.insertOne({...gone});
	});

	it('is narrowed by category and price together', async () => {
		expect((await list('category=even&minPaise=300&maxPaise=500')).slugs).toEqual([
			'product-10',
			'product-12',
			'product-14',
			'product-16',
		]);
		expect((await list('category=none')).slugs).toEqual([]);
	});

	it('shows what a visitor may know, and nothing else', async () => {
		const {body} = await list('category=even&limit=1');
		expect(body['products']).toEqual([
			{slug: 'product-00', name: 'Product 0', category: 'even', pricePaise: 0, inStock: false},
		]);
	});

	it.each([
		['a cursor of somebody', 'cursor=abc'],
		['a cursor of another order', `cursor=${Buffer.from('["price",1,"a"]').toString('base64url')}`],
		['a cursor with an operator', `cursor=${Buffer.from('["slug",{"$gt":""}]').toString('base64url')}`],
		['a cursor with half a paisa', `sort=price&cursor=${Buffer.from('["price",0.5,"a"]').toString('base64url')}`],
		['a limit of none', 'limit=0'],
		['a limit of very many', 'limit=101'],
		['half a limit', 'limit=1.5'],
		['an order of one’s own', 'sort=stock'],
		['a price below nothing', 'minPaise=-1'],
		['an operator', 'category[$ne]=x'],
		['a category twice', 'category=a&category=b'],
		['what it does not know', 'admin=1'],
		['no word to search for', 'q=%2B%2B'],
		['six words', 'q=a+b+c+d+e+f'],
		['a very long search', `q=${'a'.repeat(65)}`],
	])('refuses %s', async (_, query) => {
		expect((await list(query)).status).toBe(400);
	});
});

describe('the search', () => {
	it.each([
		['lamp', ['named-0', 'named-3', 'named-4']],
		['LAMP', ['named-0', 'named-3', 'named-4']],
		['oil lamp', ['named-0']],
		['small', ['named-3']],
		['दीपक', ['named-2']],
		['lamp clamp', []],
		// Not a pattern: only its letters count.
		['.*', undefined],
		['a.*b', ['named-4']],
		['(lamp', ['named-0', 'named-3', 'named-4']],
	])('for %s finds whole names by their words', async (q, expected) => {
		const found = await list(`q=${encodeURIComponent(q)}`);
		if (expected === undefined) expect(found.status).toBe(400);
		else expect(found.slugs).toEqual(expected);
	});

	it('goes together with filters, order and pages', async () => {
		expect(await all('q=product&category=odd&sort=-price&limit=4')).toHaveLength(15);
		expect((await list('q=lamp&sort=-price&limit=2')).slugs).toEqual(['named-4', 'named-3']);
	});
});

describe('one product', () => {
	it('is found by its slug, or not', async () => {
		expect((await shop.request('GET', '/api/products/product-08')).body).toEqual({
			slug: 'product-08',
			name: 'Product 8',
			category: 'even',
			pricePaise: 200,
			inStock: true,
		});
		expect((await shop.request('GET', '/api/products/nothing')).status).toBe(404);
		expect((await shop.request('GET', `/api/products/${'x'.repeat(101)}`)).status).toBeLessThan(500);
	});
});
