// The products that the shop and the bare server are asked for; the same ones every time.

const KINDS = ['kurta', 'lamp', 'saree', 'kettle', 'shawl', 'pan', 'rug', 'basket'];

/** @returns products sorted by their slug, without ids */
export function makeProducts(count) {
	return Array.from({length: count}, (_, number) => {
		const kind = KINDS[number % KINDS.length];
		return {
			slug: `product-${String(number).padStart(5, '0')}`,
			name: `Handmade ${kind}, number ${number}`,
			category: kind,
			pricePaise: 9900 + ((number * 7919) % 500_000),
			stock: number % 11,
		};
	});
}
