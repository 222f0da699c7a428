import type {FastifyInstance} from 'fastify';
import type {Product} from '../documents.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';

const PAGE = 24;

const listQuery = {
	type: 'object',
	additionalProperties: false,
	properties: {
		category: {type: 'string', minLength: 1, maxLength: 100},
		after: {type: 'string', minLength: 1, maxLength: 200},
	},
} as const;

/** GET /api/products, page by page in the order of their slugs, and GET /api/products/:slug. */
export function addProducts(app: FastifyInstance, {collections: {products}}: Shop): void {
	app.get<{Querystring: {category?: string; after?: string}}>(
		'/api/products',
		{schema: {querystring: listQuery}},
		async ({query: {category, after}}) => {
			const filter = {
				...(category === undefined ? {} : {category}),
				...(after === undefined ? {} : {slug: {$gt: after}}),
			};
			const page = await products
				.find(filter)
				.sort({slug: 1})
				.limit(PAGE + 1)
				.toArray();
			const shown = page.slice(0, PAGE);
			return {products: shown.map(productView), next: page.length > PAGE ? (shown.at(-1)?.slug ?? null) : null};
		},
	);

	app.get<{Params: {slug: string}}>('/api/products/:slug', async ({params: {slug}}) => {
		const product = await products.findOne({slug});
		if (product === null) throw new HttpError(404, 'UNKNOWN_PRODUCT', `There is no product ${slug}`);
		return productView(product);
	});
}

function productView({slug, name, category, pricePaise, stock}: Product) {
	return {slug, name, category, pricePaise, inStock: stock > 0};
}
