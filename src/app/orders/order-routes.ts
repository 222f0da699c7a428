import Type from 'typebox';
import {requireUser} from '../accounts/login.js';
import {exactly, failures} from '../answers.js';
import {HttpError} from '../http-error.js';
import {CURSOR_LIMITS} from '../page-cursor.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {listOrders, readOwnOrder} from './list-orders.js';
import {orderBody, viewOrder} from './order-view.js';
import {releaseOrder} from './settle.js';

const params = exactly({id: Type.String({minLength: 1, maxLength: 64})});

const query = exactly({
	limit: Type.Integer({minimum: 1, maximum: 100, default: 20}),
	cursor: Type.Optional(Type.String({...CURSOR_LIMITS, description: '`next` of the page before'})),
});

const page = exactly({orders: Type.Array(orderBody), next: Type.Union([Type.String(), Type.Null()])});

/** GET /api/orders lists one's own, GET /api/orders/:id shows one, POST /api/orders/:id/cancel gives up an unpaid one. */
export function addOrders(app: ShopServer, shop: Shop): void {
	app.get(
		'/api/orders',
		{
			schema: {
				summary: 'One’s own orders, newest first',
				security: [{session: []}],
				tags: ['orders'],
				querystring: query,
				response: {200: page, ...failures(400, 401)},
			},
		},
		async (request) => {
			const userId = await requireUser(shop, request);
			const {orders, next} = await listOrders(shop, userId, request.query);
			return {orders: orders.map(viewOrder), next};
		},
	);

	app.get(
		'/api/orders/:id',
		{
			schema: {
				summary: 'One of one’s own orders',
				security: [{session: []}],
				tags: ['orders'],
				params,
				response: {200: orderBody, ...failures(401, 404)},
			},
		},
		async (request) => {
			const userId = await requireUser(shop, request);
			return viewOrder(await readOwnOrder(shop, userId, request.params.id));
		},
	);

	app.post(
		'/api/orders/:id/cancel',
		{
			schema: {
				summary: 'Give up an order that is not paid yet; done again it answers the same',
				security: [{session: []}],
				tags: ['orders'],
				params,
				response: {200: orderBody, ...failures(401, 404, 409)},
			},
		},
		async (request) => {
			const userId = await requireUser(shop, request);
			const {_id} = await readOwnOrder(shop, userId, request.params.id);
			await releaseOrder(shop, _id, 'cancelled');
			const order = await readOwnOrder(shop, userId, request.params.id);
			if (order.status === 'cancelled') return viewOrder(order);
			throw new HttpError(409, 'ORDER_CLOSED', `The order is ${order.status}`);
		},
	);
}
