import type {OrderStatus} from '../documents.js';

/**
 * Where an order may go from where it is; there is no way back. `paid` from `expired` or `cancelled` is late money: the
 * customer paid when the units had been given back already, and it counts only where they can be taken again.
 */
const NEXT: Readonly<Record<OrderStatus, readonly OrderStatus[]>> = {
	pending: ['paid', 'expired', 'cancelled'],
	expired: ['paid'],
	cancelled: ['paid'],
	paid: ['refunded'],
	refunded: [],
};

export const ORDER_STATUSES = Object.keys(NEXT) as readonly OrderStatus[];

export function mayBecome(from: OrderStatus, to: OrderStatus): boolean {
	return NEXT[from].includes(to);
}

/** From where an order may become `to`: the condition of the update that makes it so. */
export function sourcesOf(to: OrderStatus): OrderStatus[] {
	return ORDER_STATUSES.filter((from) => mayBecome(from, to));
}

/** Whether money for an order in this state comes after its units were given back. */
export function isLate(status: OrderStatus): boolean {
	return status === 'expired' || status === 'cancelled';
}
