// Answers as MongoDB does, from memory, as fast as the loopback carries it, so that a bench measures the backup and not
// the database: node replay-server.mjs <uncompressed bytes>; prints its port.
import {BSON} from 'mongodb';
import {serveWire} from '../wire.mjs';

const POOL_DOCUMENTS = 20_000;
const MAX_REPLY_BYTES = 16_000_000;

const wantedBytes = Number(process.argv[2]);
const {order} = await import('./order.mjs');
const pool = Array.from({length: POOL_DOCUMENTS}, (_, number) => Buffer.from(BSON.serialize(order(number))));
const averageBytes = pool.reduce((sum, {length}) => sum + length, 0) / pool.length;
const total = Math.round(wantedBytes / averageBytes);
/** Documents not yet read, by cursor. */
const cursors = new Map();
const replies = new Map();
let nextCursor = 1000;

serveWire(answer, {promoteLongs: false});

function answer(command) {
	const [name] = Object.keys(command);
	const collection = command[name];
	switch (name.toLowerCase()) {
		case 'hello':
		case 'ismaster':
			return BSON.serialize({
				ismaster: true,
				isWritablePrimary: true,
				helloOk: true,
				maxBsonObjectSize: 16_777_216,
				maxMessageSizeBytes: 48_000_000,
				maxWriteBatchSize: 100_000,
				localTime: new Date(),
				logicalSessionTimeoutMinutes: 30,
				minWireVersion: 0,
				maxWireVersion: 21,
				ok: 1,
			});
		case 'buildinfo':
			return BSON.serialize({version: '7.0.0', versionArray: [7, 0, 0, 0], ok: 1});
		case 'connectionstatus':
			return BSON.serialize({
				authInfo: {authenticatedUsers: [], authenticatedUserRoles: [], authenticatedUserPrivileges: []},
				ok: 1,
			});
		case 'listdatabases':
			return BSON.serialize({databases: [{name: 'bench'}], ok: 1});
		case 'dbstats':
			return BSON.serialize({collections: 1, objects: total, dataSize: wantedBytes, storageSize: wantedBytes, ok: 1});
		case 'listcollections':
			return firstBatch('$cmd.listCollections', [
				{
					name: 'orders',
					type: 'collection',
					options: {},
					info: {readOnly: false},
					idIndex: {v: 2, key: {_id: 1}, name: '_id_'},
				},
			]);
		case 'listindexes':
			return firstBatch('orders', [{v: 2, key: {_id: 1}, name: '_id_'}]);
		case 'count':
			return BSON.serialize({n: total, ok: 1});
		case 'aggregate':
			return BSON.serialize({ok: 0, code: 40_573, codeName: 'Location40573', errmsg: 'no change streams here'});
		case 'find':
			if (collection !== 'orders') return firstBatch(collection, []);
			return find(command);
		case 'getmore':
			return batch('nextBatch', command.getMore.toString(), Number(command.batchSize ?? Number.MAX_SAFE_INTEGER));
		default:
			return BSON.serialize({ok: 1, n: 0});
	}
}

function find({limit, singleBatch, batchSize}) {
	if (Number(limit ?? 0) > 0 || singleBatch)
		return firstBatch('orders', [{_id: 1}], {atClusterTime: new BSON.Timestamp({t: 1, i: 1})});
	const id = String(nextCursor++);
	cursors.set(id, total);
	return batch('firstBatch', id, Number(batchSize ?? 101));
}

/** The next documents of a cursor; replies of one size are made once. */
function batch(field, id, batchSize) {
	const left = cursors.get(id) ?? 0;
	const count = Math.min(left, batchSize, pool.length, Math.floor(MAX_REPLY_BYTES / averageBytes));
	const after = left - count;
	if (after === 0) cursors.delete(id);
	else cursors.set(id, after);
	const key = `${field} ${count} ${after === 0 ? '0' : id}`;
	let reply = replies.get(key);
	if (reply === undefined) {
		reply = BSON.serialize({
			cursor: {
				[field]: pool.slice(0, count).map((bytes) => BSON.deserialize(bytes, {promoteValues: false})),
				id: BSON.Long.fromString(after === 0 ? '0' : id),
				ns: 'bench.orders',
			},
			ok: 1,
		});
		replies.set(key, reply);
	}
	return reply;
}

function firstBatch(collection, documents, more = {}) {
	return BSON.serialize({
		cursor: {firstBatch: documents, id: BSON.Long.ZERO, ns: `bench.${collection}`, ...more},
		ok: 1,
	});
}
