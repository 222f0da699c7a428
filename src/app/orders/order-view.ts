import Type from 'typebox';
import {exactly} from '../answers.js';
import type {Order} from '../documents.js';
import {ORDER_STATUSES} from './order-state.js';

const paise = Type.Integer({minimum: 0});
const moment = Type.String({format: 'date-time'});

/** An order as its customer sees it. */
export const orderBody = exactly({
	id: Type.String({pattern: '^[0-9a-f]{24}$'}),
	status: Type.Enum([...ORDER_STATUSES]),
	totalPaise: paise,
	currency: Type.Literal('INR'),
	createdAt: moment,
	reservedUntil: moment,
	paidAt: Type.Optional(moment),
	lines: Type.Array(
		exactly({
			slug: Type.String(),
			name: Type.String(),
			quantity: Type.Integer({minimum: 1}),
			unitPaise: paise,
			linePaise: paise,
		}),
	),
});

/** What `viewOrder` needs of the document. */
export const VIEWED = {
	status: 1,
	totalPaise: 1,
	currency: 1,
	createdAt: 1,
	reservedUntil: 1,
	paidAt: 1,
	lines: 1,
} as const;

export type Viewed = Pick<Order, '_id' | keyof typeof VIEWED>;

export function viewOrder({_id, status, totalPaise, currency, createdAt, reservedUntil, paidAt, lines}: Viewed) {
	return {
		id: _id.toHexString(),
		status,
		totalPaise,
		currency,
		createdAt: createdAt.toISOString(),
		reservedUntil: reservedUntil.toISOString(),
		...(paidAt ? {paidAt: paidAt.toISOString()} : {}),
		lines: lines.map(({slug, name, quantity, unitPaise, linePaise}) => ({slug, name, quantity, unitPaise, linePaise})),
	};
}
