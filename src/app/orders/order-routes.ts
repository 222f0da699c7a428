import type {FastifyInstance} from 'fastify';
import {requireUser} from '../accounts/login.js';
import {placeOrder, type Wish} from '../checkout/place-order.js';
import type {Order} from '../documents.js';
import type {Shop} from '../shop.js';

const PAGE = 20;

const newOrder = {
	type: 'object',
	required: ['items'],
	additionalProperties: false,
	properties: {
		items: {
			type: 'array',
			minItems: 1,
			maxItems: 50,
			items: {
				type: 'object',
				required: ['slug', 'quantity'],
				additionalProperties: false,
				properties: {
					slug: {type: 'string', minLength: 1, maxLength: 200},
					quantity: {type: 'integer', minimum: 1, maximum: 100},
				},
			},
		},
	},
} as const;

const historyQuery = {
	type: 'object',
	additionalProperties: false,
	properties: {before: {type: 'string', pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,3})?Z$'}},
} as const;

/** POST /api/orders buys; GET /api/orders lists one's own, newest first. */
export function addOrders(app: FastifyInstance, shop: Shop): void {
	app.post<{Body: {items: Wish[]}}>('/api/orders', {schema: {body: newOrder}}, async (request, reply) => {
		const userId = await requireUser(shop, request);
		const order = await placeOrder(shop, userId, request.body.items);
		return reply.status(201).send(orderView(order));
	});

	app.get<{Querystring: {before?: string}}>('/api/orders', {schema: {querystring: historyQuery}}, async (request) => {
		const userId = await requireUser(shop, request);
		const {before} = request.query;
		const orders = await shop.collections.orders
			.find({userId, ...(before === undefined ? {} : {createdAt: {$lt: new Date(before)}})})
			.sort({createdAt: -1})
			.limit(PAGE)
			.toArray();
		return {orders: orders.map(orderView)};
	});
}

function orderView({_id, lines, totalPaise, status, createdAt}: Order) {
	return {
		id: _id.toHexString(),
		status,
		totalPaise,
		createdAt: createdAt.toISOString(),
		lines: lines.map(({productId, ...line}) => line),
	};
}
