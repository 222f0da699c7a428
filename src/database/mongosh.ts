import {describeIndex, type NeededIndex} from './indexes.js';

/** A collection as mongosh names it: `db.orders`, or by getCollection where the name is no word. */
export function inMongosh(collection: string): string {
	return /^[A-Za-z_$][\w$]*$/.test(collection) && !RESERVED.has(collection)
		? `db.${collection}`
		: `db.getCollection(${JSON.stringify(collection)})`;
}

/** Names of methods of mongosh's `db` that a collection may bear. */
const RESERVED = new Set(['stats', 'version', 'help', 'auth', 'logout', 'watch', 'aggregate', 'getName', 'getMongo']);

/** The command that makes an index, as it is typed in mongosh. */
export function createIndexCommand(collection: string, index: NeededIndex): string {
	const {key, ...options} = describeIndex(index);
	return `${inMongosh(collection)}.createIndex(${JSON.stringify(key)}, ${JSON.stringify(options)})`;
}

export function dropIndexCommand(collection: string, name: string): string {
	return `${inMongosh(collection)}.dropIndex(${JSON.stringify(name)})`;
}
