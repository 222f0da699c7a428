import type {Db} from 'mongodb';
import {errorCode} from '../../../kernel/errors.js';
import type {ShopHost} from '../../shop.js';
import {answer, collection, refuse, type SandboxAnswer, UNKNOWN} from './answers.js';
import {type SandboxPayment, type SandboxRefund, sandboxId} from './entities.js';

export type RefundWish = {
	readonly amount: number | undefined;
	readonly receipt: string | undefined;
	readonly notes: Readonly<Record<string, string>>;
	readonly key: string | undefined;
};

export type SandboxRefunds = {
	refund(id: string, wish: RefundWish): Promise<SandboxAnswer>;
	refundsOf(paymentId: string): Promise<SandboxAnswer>;
};

const DUPLICATE_KEY = 11000;

/** Refunds of the sandbox: one for each idempotency key, never more than was paid. */
export function openRefunds(db: Db, host: Pick<ShopHost, 'now' | 'randomHex'>): SandboxRefunds {
	const payments = db.collection<SandboxPayment>('sandbox_payments');
	const refunds = db.collection<SandboxRefund>('sandbox_refunds');
	return {
		async refund(id, wish) {
			const payment = await payments.findOne({_id: {$eq: id}});
			if (payment === null) return UNKNOWN;
			const refund = makeRefund(payment, wish);
			const before = await claimKey(refund);
			if (before !== refund) {
				const isSame = before.payment_id === id && before.amount === refund.amount && before.receipt === refund.receipt;
				return isSame
					? answer(before)
					: refuse(400, 'Different request with the same idempotency key has already been processed.');
			}
			const given = await payments.findOneAndUpdate(
				{_id: {$eq: id}, captured: true, amount_refunded: {$lte: payment.amount - refund.amount}},
				{$inc: {amount_refunded: refund.amount}},
				{returnDocument: 'after'},
			);
			if (given === null) {
				await refunds.deleteOne({_id: refund._id});
				return refuse(400, 'The payment has been fully refunded already');
			}
			if (given.amount_refunded === given.amount) await payments.updateOne({_id: id}, {$set: {status: 'refunded'}});
			return answer(refund);
		},
		refundsOf: async (id) =>
			collection(
				await refunds
					.find({payment_id: {$eq: id}})
					.limit(100)
					.toArray(),
			),
	};

	function makeRefund(payment: SandboxPayment, {amount, receipt, notes, key}: RefundWish): SandboxRefund {
		const _id = sandboxId('rfnd', host);
		return {
			_id,
			entity: 'refund',
			amount: amount ?? payment.amount,
			currency: payment.currency,
			payment_id: payment._id,
			receipt: receipt ?? null,
			notes,
			status: 'processed',
			created_at: Math.floor(host.now() / 1000),
			key: key ?? _id,
		};
	}

	/** Gives the refund that has the key: this one, or the one made before. */
	async function claimKey(refund: SandboxRefund): Promise<SandboxRefund> {
		await refunds.createIndex({key: 1}, {unique: true});
		try {
			await refunds.insertOne(refund);
			return refund;
		} catch (error) {
			const before = errorCode(error) === DUPLICATE_KEY ? await refunds.findOne({key: refund.key}) : null;
			if (before === null) throw error;
			return before;
		}
	}
}
