import Type from 'typebox';
import {exactly, failures} from '../answers.js';
import {HttpError} from '../http-error.js';
import {CURSOR_LIMITS} from '../page-cursor.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {LISTED, type Listed, listProducts} from './list-products.js';
import {openSearch, type Search} from './search.js';

const slug = Type.String({minLength: 1, maxLength: 100});
const paise = Type.Integer({minimum: 0, maximum: Number.MAX_SAFE_INTEGER});

const product = exactly({
	slug: Type.String(),
	name: Type.String(),
	category: Type.String(),
	pricePaise: Type.Integer({description: 'Tax included'}),
	inStock: Type.Boolean(),
});

const listQuery = exactly({
	category: Type.Optional(Type.String({minLength: 1, maxLength: 100})),
	q: Type.Optional(
		Type.String({minLength: 1, maxLength: 64, description: 'Words of the name, up to five; all must fit'}),
	),
	minPaise: Type.Optional(paise),
	maxPaise: Type.Optional(paise),
	sort: Type.Enum(['slug', 'price', '-price'], {default: 'slug'}),
	limit: Type.Integer({minimum: 1, maximum: 100, default: 24}),
	cursor: Type.Optional(Type.String({...CURSOR_LIMITS, description: '`next` of the page before'})),
});

const page = exactly({products: Type.Array(product), next: Type.Union([Type.String(), Type.Null()])});

/** GET /api/products lists, filters and searches; GET /api/products/:slug is one product. */
export function addProducts(app: ShopServer, shop: Shop): void {
	let search: Promise<Search> | undefined;
	const searchOpen = () => {
		// A server that could not be asked is asked again with the next search.
		search ??= openSearch(shop).catch((error: unknown) => {
			search = undefined;
			throw error;
		});
		return search;
	};
	app.addHook('onReady', async () => void (await searchOpen()));

	app.get(
		'/api/products',
		{
			schema: {
				summary: 'List, filter and search products',
				tags: ['catalog'],
				querystring: listQuery,
				response: {200: page, ...failures(400, 503)},
			},
		},
		async ({query}) => {
			const {products, next} = await listProducts(shop, await searchOpen(), query);
			return {products: products.map(productView), next};
		},
	);

	app.get(
		'/api/products/:slug',
		{
			schema: {
				summary: 'One product',
				tags: ['catalog'],
				params: exactly({slug}),
				response: {200: product, ...failures(404)},
			},
		},
		async ({params}) => {
			const found = await shop.collections.products.findOne<Listed>({slug: {$eq: params.slug}}, {projection: LISTED});
			if (found === null) throw new HttpError(404, 'UNKNOWN_PRODUCT', `There is no product ${params.slug}`);
			return productView(found);
		},
	);
}

function productView({slug, name, category, pricePaise, stock}: Listed) {
	return {slug, name, category, pricePaise, inStock: stock > 0};
}
