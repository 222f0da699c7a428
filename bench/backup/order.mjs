// One order of about 600 bytes, half of it text that compresses as text does.
import {BSON} from 'mongodb';

const WORDS = [
	'cotton',
	'kurta',
	'saree',
	'brass',
	'lamp',
	'spice',
	'box',
	'hand',
	'made',
	'silk',
	'blue',
	'large',
	'gift',
];

export function order(number) {
	return {
		_id: new BSON.ObjectId(),
		number,
		userId: new BSON.ObjectId(),
		createdAt: new Date(1_700_000_000_000 + number * 1000),
		paise: Math.floor(Math.random() * 1_000_000),
		status: number % 7 === 0 ? 'refunded' : 'paid',
		paymentId: `pay_${Math.random().toString(36).slice(2, 16)}`,
		lines: [
			{slug: `product-${number % 997}`, quantity: 1 + (number % 3), price: Math.floor(Math.random() * 100_000)},
			{slug: `product-${number % 991}`, quantity: 1, price: Math.floor(Math.random() * 100_000)},
		],
		note: Array.from({length: 40}, () => WORDS[Math.floor(Math.random() * WORDS.length)]).join(' '),
	};
}
