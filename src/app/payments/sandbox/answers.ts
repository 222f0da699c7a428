import {entityOf, type SandboxOrder, type SandboxPayment, type SandboxRefund} from './entities.js';

/** What the sandbox answers: an entity, or an error in Razorpay's shape. */
export type SandboxAnswer = {readonly status: number; readonly body: object};

/** An entity, or that there is none of this id. */
export function answer(found: SandboxOrder | SandboxPayment | SandboxRefund | null): SandboxAnswer {
	if (found === null) return UNKNOWN;
	const {key, ...entity} = {key: undefined, ...found};
	return {status: 200, body: entityOf(entity)};
}

/** Several, as Razorpay lists them. */
export function collection(found: readonly (SandboxOrder | SandboxPayment | SandboxRefund)[]): SandboxAnswer {
	const items = found.map((one) => answer(one).body);
	return {status: 200, body: {entity: 'collection', count: items.length, items}};
}

/** A refusal with Razorpay's fields. */
export function refuse(status: number, description: string): SandboxAnswer {
	const error = {code: 'BAD_REQUEST_ERROR', description, source: 'NA', step: 'NA', reason: 'NA', metadata: {}};
	return {status, body: {error}};
}

/** In Razorpay's words, which the client knows it by. */
export const UNKNOWN = refuse(400, 'The id provided does not exist');
