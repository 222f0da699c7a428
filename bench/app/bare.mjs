// What the shop's read routes are held against: Fastify and the driver, and nothing else.
// node bare.mjs <database uri> <database name> <pool size>; prints its port.
import fastify from 'fastify';
import {MongoClient} from 'mongodb';

const PAGE_SIZE = 24;
const SHOWN = {_id: 0, slug: 1, name: 1, category: 1, pricePaise: 1, stock: 1};

const [uri, name, poolSize] = process.argv.slice(2);
const client = new MongoClient(uri, {maxPoolSize: Number(poolSize), minPoolSize: 2});
await client.connect();
const products = client.db(name).collection('products');
const app = fastify();

app.get('/api/products', async () => {
	const found = await products
		.find({}, {projection: SHOWN, maxTimeMS: 1000})
		.sort({slug: 1})
		.limit(PAGE_SIZE + 1)
		.toArray();
	const page = found.slice(0, PAGE_SIZE);
	const next = found.length > PAGE_SIZE ? cursorAfter(page.at(-1)) : null;
	return {products: page.map(view), next};
});

app.get('/api/products/:slug', async ({params}, reply) => {
	const found = await products.findOne({slug: {$eq: params.slug}}, {projection: SHOWN});
	return found === null ? reply.status(404).send({}) : view(found);
});

await app.listen({port: 0, host: '127.0.0.1'});
console.log(app.server.address().port);
process.once('disconnect', () => process.exit());

function view({slug, name, category, pricePaise, stock}) {
	return {slug, name, category, pricePaise, inStock: stock > 0};
}

function cursorAfter({slug}) {
	return Buffer.from(JSON.stringify(['slug', slug])).toString('base64url');
}
