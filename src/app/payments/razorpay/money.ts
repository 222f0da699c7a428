import {type PaymentProvider, ProviderError, type ProviderPayment} from '../provider.js';
import {ANSWERS, type RazorpayRefund} from './answers.js';
import {refused} from './orders.js';
import {type RazorpayParts, readAgain} from './read-again.js';

const TRIES = 2;

/** Undefined for a payment that Razorpay does not know: 404, or 400 with words that say so. */
export async function readPayment(parts: RazorpayParts, id: string): Promise<ProviderPayment | undefined> {
	const path = `/v1/payments/${encodeURIComponent(id)}`;
	const answer = await readAgain(parts, {name: 'readPayment', method: 'GET', path, answer: ANSWERS.payment});
	if (!answer.ok) {
		if (answer.status === 404 || /does not exist/i.test(answer.text)) return undefined;
		throw refused('readPayment', answer);
	}
	if (answer.value.id !== id) throw new ProviderError('unavailable', `Razorpay answered ${answer.value.id} for ${id}`);
	return answer.value;
}

export async function readPaymentsOf(parts: RazorpayParts, orderId: string): Promise<readonly ProviderPayment[]> {
	const path = `/v1/orders/${encodeURIComponent(orderId)}/payments`;
	const answer = await readAgain(parts, {name: 'readPaymentsOf', method: 'GET', path, answer: ANSWERS.payments});
	if (!answer.ok) throw refused('readPaymentsOf', answer);
	return answer.value.filter((payment) => payment.orderId === orderId);
}

/** Captures once: whatever was answered or not, the payment itself is asked before it is tried again. */
export async function capture(
	parts: RazorpayParts,
	{id, amountPaise}: Parameters<PaymentProvider['capture']>[0],
): Promise<ProviderPayment> {
	for (let attempt = 1; ; attempt++) {
		const failure = await tryCapture(parts, id, amountPaise);
		if (!(failure instanceof ProviderError)) return failure;
		const payment = await readPayment(parts, id);
		if (payment?.status === 'captured' || payment?.status === 'refunded') return payment;
		if (failure.kind === 'refused' || attempt === TRIES) throw failure;
	}
}

async function tryCapture({http}: RazorpayParts, id: string, amountPaise: number) {
	try {
		const answer = await http.call({
			name: 'capture',
			method: 'POST',
			path: `/v1/payments/${encodeURIComponent(id)}/capture`,
			body: {amount: amountPaise, currency: 'INR'},
			answer: ANSWERS.payment,
		});
		if (!answer.ok) return refused('capture', answer);
		// An answer over another payment, or one that is not captured after all, proves nothing.
		const isProof = answer.value.id === id && answer.value.status === 'captured';
		return isProof ? answer.value : new ProviderError('unanswered', `Razorpay's answer does not show ${id} captured`);
	} catch (error) {
		if (error instanceof ProviderError) return error;
		throw error;
	}
}

/**
 * Gives back once. What was given back already is found by its receipt among the payment's refunds; for two that ask at
 * the same time there is Razorpay's own idempotency key (https://razorpay.com/docs/api/refunds/normal-refunds-idempotent).
 */
export async function refund(
	parts: RazorpayParts,
	wish: Parameters<PaymentProvider['refund']>[0],
): Promise<{readonly id: string}> {
	for (let attempt = 1; ; attempt++) {
		const made = await findRefund(parts, wish);
		if (made) return {id: made.id};
		try {
			return await postRefund(parts, wish);
		} catch (error) {
			if (!(error instanceof ProviderError) || error.kind !== 'unanswered' || attempt > TRIES) throw error;
		}
	}
}

/** Ours; or, where nothing is left to give, the last of those that somebody else made. */
async function findRefund(
	parts: RazorpayParts,
	{id, amountPaise, receipt}: Parameters<PaymentProvider['refund']>[0],
): Promise<RazorpayRefund | undefined> {
	const path = `/v1/payments/${encodeURIComponent(id)}/refunds?count=100`;
	const answer = await readAgain(parts, {name: 'findRefund', method: 'GET', path, answer: ANSWERS.refunds});
	if (!answer.ok) throw refused('findRefund', answer);
	const refunds = answer.value.filter((found) => found.payment_id === id && found.status !== 'failed');
	const given = refunds.reduce((sum, {amount}) => sum + amount, 0);
	return refunds.find((found) => isOfReceipt(found, receipt)) ?? (given >= amountPaise ? refunds[0] : undefined);
}

function isOfReceipt(found: RazorpayRefund, receipt: string): boolean {
	if (found.receipt === receipt) return true;
	return !Array.isArray(found.notes) && found.notes?.['receipt'] === receipt;
}

async function postRefund(
	{http}: RazorpayParts,
	{id, amountPaise, receipt}: Parameters<PaymentProvider['refund']>[0],
): Promise<{readonly id: string}> {
	const answer = await http.call({
		name: 'refund',
		method: 'POST',
		path: `/v1/payments/${encodeURIComponent(id)}/refund`,
		body: {amount: amountPaise, receipt, notes: {receipt}},
		headers: {'x-refund-idempotency': receipt},
		answer: ANSWERS.refund,
	});
	if (answer.ok && answer.value.payment_id === id) return {id: answer.value.id};
	if (answer.ok)
		throw new ProviderError('unanswered', `Razorpay's answer is over ${answer.value.payment_id}, not ${id}`);
	// The same refund is under way right now, for somebody who asked at the same time.
	if (answer.status === 409) throw new ProviderError('unavailable', `Razorpay is at the refund of ${id} already`);
	throw refused('refund', answer);
}
