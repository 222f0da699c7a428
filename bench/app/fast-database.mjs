// A stand-in for a database server that is never the slow side. It speaks MongoDB's wire protocol, answers what the shop
// asks on starting, and has the answers about products ready; it keeps nothing but which indexes were made.
// node fast-database.mjs <products> <page size>; prints its port.
import {BSON} from 'mongodb';
import {serveWire} from '../wire.mjs';
import {makeProducts} from './products.mjs';

const [count, pageSize] = process.argv.slice(2).map(Number);
const products = makeProducts(count).map((product) => ({_id: new BSON.ObjectId(), ...product}));
// The server would apply the projection; both sides ask for the same.
const shown = products.map(({_id, ...product}) => product);
const firstPage = found('products', shown.slice(0, pageSize + 1));
const bySlug = new Map(shown.map((product) => [product.slug, found('products', [product])]));
const indexes = new Map();
const HELLO = {
	ismaster: true,
	isWritablePrimary: true,
	helloOk: true,
	// Without a name there would be no transactions, and the shop would not start.
	setName: 'bench',
	maxBsonObjectSize: 16_777_216,
	maxMessageSizeBytes: 48_000_000,
	maxWriteBatchSize: 100_000,
	logicalSessionTimeoutMinutes: 30,
	minWireVersion: 0,
	maxWireVersion: 21,
	ok: 1,
};
const NOBODY = {authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: []};

serveWire(answer);

function answer(command) {
	const [name] = Object.keys(command);
	const collection = command[name];
	switch (name.toLowerCase()) {
		case 'find':
			return collection === 'products' ? findProducts(command) : found(collection, []);
		case 'aggregate':
			return found(collection, []);
		case 'hello':
		case 'ismaster':
			return BSON.serialize({...HELLO, localTime: new Date()});
		case 'buildinfo':
			return BSON.serialize({version: '7.0.0', versionArray: [7, 0, 0, 0], ok: 1});
		case 'connectionstatus':
			return BSON.serialize({authInfo: NOBODY, ok: 1});
		case 'listindexes':
			return found(collection, [{v: 2, key: {_id: 1}, name: '_id_'}, ...(indexes.get(collection) ?? [])]);
		case 'createindexes':
			indexes.set(collection, [...(indexes.get(collection) ?? []), ...command.indexes.map((one) => ({v: 2, ...one}))]);
			return BSON.serialize({ok: 1});
		default:
			return BSON.serialize({ok: 1, n: 0});
	}
}

function findProducts({filter}) {
	const slug = filter.slug?.$eq;
	return slug === undefined ? firstPage : (bySlug.get(slug) ?? found('products', []));
}

function found(collection, documents) {
	return BSON.serialize({cursor: {firstBatch: documents, id: BSON.Long.ZERO, ns: `bench.${collection}`}, ok: 1});
}
