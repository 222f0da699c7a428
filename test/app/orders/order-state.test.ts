import {describe, expect, it} from 'vitest';
import type {OrderStatus} from '../../../src/app/documents.js';
import {isLate, mayBecome, ORDER_STATUSES, sourcesOf} from '../../../src/app/orders/order-state.js';

const WAYS: readonly (readonly [OrderStatus, OrderStatus])[] = [
	['pending', 'paid'],
	['pending', 'expired'],
	['pending', 'cancelled'],
	['expired', 'paid'],
	['cancelled', 'paid'],
	['paid', 'refunded'],
];

describe('the states of an order', () => {
	it('are joined by these ways and no others', () => {
		const ways = ORDER_STATUSES.flatMap((from) =>
			ORDER_STATUSES.filter((to) => mayBecome(from, to)).map((to) => [from, to]),
		);
		expect(ways).toEqual(expect.arrayContaining(WAYS as never));
		expect(ways).toHaveLength(WAYS.length);
		for (const to of ORDER_STATUSES)
			expect(sourcesOf(to)).toEqual(WAYS.filter(([, end]) => end === to).map(([from]) => from));
	});

	it('never come back to where they were', () => {
		const beyond = (from: OrderStatus, seen: readonly OrderStatus[]): void => {
			expect(seen).not.toContain(from);
			for (const to of ORDER_STATUSES) if (mayBecome(from, to)) beyond(to, [...seen, from]);
		};
		for (const from of ORDER_STATUSES) beyond(from, []);
	});

	it('have given their units back where money comes late', () => {
		expect(ORDER_STATUSES.filter(isLate)).toEqual(['expired', 'cancelled']);
	});
});
