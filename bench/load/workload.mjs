// One product by its slug: the same question for every side.
export const name = 'bench';
export const operations = [{name: 'product', weight: 1, run: ({db, random}) => ask(db, random.below(1000))}];

export function ask(db, product) {
	return db.collection('products').findOne({slug: {$eq: `product-${String(product).padStart(5, '0')}`}});
}
