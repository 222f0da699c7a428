import {BSON} from 'mongodb';
import type {NamespaceHeader, PreludeCollection, PreludeHeader} from './format.js';
import {ArchiveStructureError} from './problem.js';

/** @throws ArchiveStructureError, as do the others, when a field is missing or of another type */
export function readPreludeHeader(bytes: Uint8Array, offset: number): PreludeHeader {
	const fields = readFields(bytes, offset);
	return {
		concurrentCollections: fields.number('concurrent_collections'),
		version: fields.text('version'),
		serverVersion: fields.text('server_version'),
		toolVersion: fields.text('tool_version'),
	};
}

export function readPreludeCollection(bytes: Uint8Array, offset: number): PreludeCollection {
	const fields = readFields(bytes, offset);
	return {
		database: fields.text('db'),
		collection: fields.text('collection'),
		metadata: fields.text('metadata'),
		type: fields.optionalText('type') ?? '',
	};
}

export function readNamespaceHeader(bytes: Uint8Array, offset: number): NamespaceHeader {
	const fields = readFields(bytes, offset);
	fields.only(['db', 'collection', 'EOF', 'CRC']);
	return {
		database: fields.text('db'),
		collection: fields.text('collection'),
		isEnd: fields.boolean('EOF'),
		crc64: BigInt.asUintN(64, fields.bigint('CRC')),
	};
}

export function writePreludeHeader(header: PreludeHeader): Uint8Array {
	return BSON.serialize({
		concurrent_collections: new BSON.Int32(header.concurrentCollections),
		version: header.version,
		server_version: header.serverVersion,
		tool_version: header.toolVersion,
	});
}

export function writePreludeCollection({database, collection, metadata, type}: PreludeCollection): Uint8Array {
	return BSON.serialize({db: database, collection, metadata, size: new BSON.Int32(0), type});
}

export function writeNamespaceHeader({database, collection, isEnd, crc64}: NamespaceHeader): Uint8Array {
	return BSON.serialize({db: database, collection, EOF: isEnd, CRC: BSON.Long.fromBigInt(BigInt.asIntN(64, crc64))});
}

function readFields(bytes: Uint8Array, offset: number) {
	const document = deserialize(bytes, offset);
	const wrong = (name: string) => new ArchiveStructureError(`header field "${name}" is missing or wrong`, offset);
	const text = (name: string) => {
		const value = document[name];
		if (typeof value !== 'string') throw wrong(name);
		return value;
	};
	return {
		text,
		optionalText: (name: string) => (name in document ? text(name) : undefined),
		number(name: string) {
			const value = document[name];
			if (typeof value !== 'number') throw wrong(name);
			return value;
		},
		bigint(name: string) {
			const value = document[name];
			if (typeof value !== 'bigint') throw wrong(name);
			return value;
		},
		boolean(name: string) {
			const value = document[name];
			if (typeof value !== 'boolean') throw wrong(name);
			return value;
		},
		only(names: readonly string[]) {
			const stranger = Object.keys(document).find((name) => !names.includes(name));
			if (stranger !== undefined) throw wrong(stranger);
		},
	};
}

function deserialize(bytes: Uint8Array, offset: number): Record<string, unknown> {
	try {
		return BSON.deserialize(bytes, {useBigInt64: true});
	} catch {
		throw new ArchiveStructureError('header is not BSON', offset);
	}
}
