// The least that a program has to do before it can use the database: node connect.mjs <database uri> <database name>
import {MongoClient} from 'mongodb';

const [uri, name] = process.argv.slice(2);
const client = new MongoClient(uri);
await client.connect();
const db = client.db(name);
await db.command({ping: 1});
await db.collection('products').listIndexes().toArray();
await client.close();
