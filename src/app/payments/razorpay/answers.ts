import * as z from 'zod';
import type {ProviderOrder, ProviderPayment} from '../provider.js';

/** What Razorpay answers, as far as the shop believes any of it; whatever else is there is left alone. */

const paise = z.int().min(0);

const order = z
	.object({
		id: z.string().regex(/^order_\w{4,40}$/),
		amount: paise,
		currency: z.string().length(3),
		receipt: z.string().nullish(),
		status: z.enum(['created', 'attempted', 'paid']),
		created_at: z.int(),
	})
	.transform((read): ProviderOrder & {readonly createdAt: number} => ({
		id: read.id,
		amountPaise: read.amount,
		currency: read.currency,
		receipt: read.receipt ?? '',
		status: read.status,
		createdAt: read.created_at,
	}));

/** A payment as it stands in answers and, the same, in webhooks. */
export const paymentEntity = z.object({
	id: z.string().regex(/^pay_\w{4,40}$/),
	order_id: z.string().nullish(),
	amount: paise,
	amount_refunded: paise.nullish(),
	currency: z.string().length(3),
	status: z.enum(['created', 'authorized', 'captured', 'refunded', 'failed']),
});

const payment = paymentEntity.transform(toPayment);

const refund = z.object({
	id: z.string().regex(/^rfnd_\w{4,40}$/),
	payment_id: z.string(),
	amount: paise,
	receipt: z.string().nullish(),
	// An empty one is an array, in Razorpay's PHP.
	notes: z.union([z.record(z.string(), z.unknown()), z.array(z.unknown())]).nullish(),
	status: z.string().nullish(),
});

export type RazorpayRefund = z.output<typeof refund>;

const listOf = <T extends z.ZodType>(item: T) => z.object({items: z.array(item)}).transform(({items}) => items);

export const ANSWERS = {
	order,
	orders: listOf(order),
	payment,
	payments: listOf(payment),
	refund,
	refunds: listOf(refund),
};

const failure = z.object({error: z.object({code: z.string().optional(), description: z.string().optional()})});

/** What Razorpay says of a refusal, in one short line. */
export function refusalText(body: unknown): string {
	const {data} = failure.safeParse(body);
	return [data?.error.code, data?.error.description].filter(Boolean).join(': ').slice(0, 300);
}

export function toPayment(read: z.output<typeof paymentEntity>): ProviderPayment {
	return {
		id: read.id,
		orderId: read.order_id ?? undefined,
		amountPaise: read.amount,
		refundedPaise: read.amount_refunded ?? 0,
		currency: read.currency,
		status: read.status,
	};
}
