import type {Timestamp} from 'mongodb';
import {CONTROL_COLLECTION} from '../kernel/control-collection.js';
import type {Host} from '../kernel/host.js';
import type {Mongo} from '../ports/mongo.js';
import {type Dump, hasTool, startMongodump} from '../ports/mongo-tools.js';
import {startBuiltinDump} from './builtin-dump.js';
import {STAGING_PREFIXES} from './control.js';

export type EngineName = 'mongodump' | 'builtin';

export type DumpOrder = {
	readonly mongo: Mongo;
	readonly database: string;
	readonly serverVersion: string;
	/** Program and first arguments of mongodump. */
	readonly mongodump: readonly string[];
	readonly timeoutMs: number;
};

/** `auto` takes the tool where it runs, else the built-in engine, and says so. */
export async function chooseEngine(
	wish: 'auto' | EngineName,
	argv: readonly string[],
	host: Parameters<typeof hasTool>[0],
): Promise<EngineName> {
	if (wish !== 'auto') return wish;
	if (await hasTool(host, argv)) return 'mongodump';
	host.emit({type: 'log', level: 'info', message: `No ${argv.join(' ')} here: the built-in engine is used`});
	return 'builtin';
}

/** Starts a dump; `asOf` is the instant all collections are read as of, where there is one. */
export async function startDump(
	engine: EngineName,
	{mongo, database, serverVersion, mongodump, timeoutMs}: DumpOrder,
	host: Host,
): Promise<Dump & {readonly asOf: Timestamp | undefined}> {
	if (engine === 'builtin') return startBuiltinDump(mongo.db(database), {serverVersion}, host);
	const excluded = {excludeCollections: [CONTROL_COLLECTION], excludePrefixes: Object.values(STAGING_PREFIXES)};
	const dump = await startMongodump(host, {argv: mongodump, uri: mongo.uri, database, ...excluded, timeoutMs});
	return {...dump, asOf: undefined};
}
