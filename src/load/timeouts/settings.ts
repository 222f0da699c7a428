import {MongoClient} from 'mongodb';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/** Options of the driver that bound a wait, in the order in which they are told. */
export const TIMEOUTS = [
	'connectTimeoutMS',
	'serverSelectionTimeoutMS',
	'socketTimeoutMS',
	'waitQueueTimeoutMS',
	'maxTimeMS',
	'heartbeatFrequencyMS',
	'maxPoolSize',
	'timeoutMS',
] as const;

export type TimeoutName = (typeof TIMEOUTS)[number];

const OTHERS = ['minPoolSize', 'maxConnecting', 'maxIdleTimeMS', 'retryReads', 'retryWrites'] as const;

/** Who said it: the address, `--option`, or nobody and the driver chose. */
export type Origin = 'uri' | 'option' | 'default';

export type Setting = {
	/** Undefined where nobody said it and the driver has none. */
	readonly value: number | undefined;
	readonly origin: Origin;
};

/** What the shop's driver would use. */
export type Settings = {
	readonly timeouts: Readonly<Record<TimeoutName, Setting>>;
	readonly retryReads: boolean;
	readonly retryWrites: boolean;
	/** The address's own options with those of `--option` in their place, fit for a query. */
	readonly query: URLSearchParams;
};

/** Those that the driver takes with each operation, or not at all: they may not stand in an address. */
const NOT_IN_ADDRESS: readonly string[] = ['maxTimeMS', 'timeoutMS'];

/**
 * @param uri the shop's own
 * @param options `name=value`, each over what the address says
 * @throws SastaError USAGE for an option that is not known or has no such value, DATABASE_URI for an address that is not usable
 */
export function readSettings(uri: string, options: readonly string[], redact: (text: string) => string): Settings {
	const query = queryOf(uri);
	const given = new Map(options.map(readOption));
	const perOperation = new Map<string, number>();
	for (const name of NOT_IN_ADDRESS) {
		const inAddress = takeOut(query, name);
		const text = given.get(name) ?? inAddress;
		if (text !== undefined) perOperation.set(name, readCount(name, text));
	}
	for (const [name, value] of given) {
		if (NOT_IN_ADDRESS.includes(name)) continue;
		takeOut(query, name);
		query.set(name, value);
	}
	const parsed = parse(withQuery(uri, query), redact);
	const inAddress = new Set([...queryOf(uri).keys()].map((key) => key.toLowerCase()));
	const settingOf = (name: TimeoutName): Setting => ({
		value: NOT_IN_ADDRESS.includes(name) ? perOperation.get(name) : numberOf(parsed[name]),
		origin: given.has(name) ? 'option' : inAddress.has(name.toLowerCase()) ? 'uri' : 'default',
	});
	return {
		timeouts: Object.fromEntries(TIMEOUTS.map((name) => [name, settingOf(name)])) as Settings['timeouts'],
		retryReads: parsed['retryReads'] !== false,
		retryWrites: parsed['retryWrites'] !== false,
		query,
	};
}

/**
 * The shop's address with a proxy in its servers' place. The set's name is left out and discovery with it: a driver that
 * discovers would go to the servers by the names they give, past the proxy.
 */
export function proxiedUri(uri: string, {query}: Pick<Settings, 'query'>, port: number): string {
	const through = new URLSearchParams(query);
	for (const name of ['replicaSet', 'loadBalanced', 'srvMaxHosts', 'srvServiceName', 'directConnection'])
		takeOut(through, name);
	// An SRV address means TLS where it does not say otherwise.
	const isSrv = uri.startsWith('mongodb+srv://');
	if (isSrv && ![...through.keys()].some((key) => /^(?:tls|ssl)$/i.test(key))) through.set('tls', 'true');
	through.set('directConnection', 'true');
	const [, login = '', , path = ''] = ADDRESS.exec(uri) ?? [];
	return `mongodb://${login}127.0.0.1:${port}${path || '/'}?${through}`;
}

const ADDRESS = /^mongodb(?:\+srv)?:\/\/((?:[^/?]*@)?)([^/?]*)(\/[^?]*)?(?:\?.*)?$/;

function queryOf(uri: string): URLSearchParams {
	return new URLSearchParams(uri.split('?')[1] ?? '');
}

function withQuery(uri: string, query: URLSearchParams): string {
	const [address = ''] = uri.split('?');
	if (query.size === 0) return address;
	return `${/^[^/]+\/\/[^/]*$/.test(address) ? `${address}/` : address}?${query}`;
}

function readOption(text: string): [name: string, value: string] {
	const [, typed = '', value] = /^([^=]+)=(.+)$/.exec(text) ?? [];
	const known = [...TIMEOUTS, ...OTHERS].find((name) => name.toLowerCase() === typed.toLowerCase());
	if (known !== undefined && value !== undefined) return [known, value];
	throw new SastaError('USAGE', `--option ${text} is not an option with a value that I know`, {
		exitCode: EXIT.usage,
		hint: `Give name=value, the name one of ${[...TIMEOUTS, ...OTHERS].join(', ')}`,
	});
}

function readCount(name: string, text: string): number {
	if (/^\d{1,9}$/.test(text)) return Number(text);
	throw new SastaError('USAGE', `${name}=${text} is not a whole number of milliseconds`, {exitCode: EXIT.usage});
}

/** Names of options are told apart by their letters only, whatever their case. */
function takeOut(query: URLSearchParams, name: string): string | undefined {
	const keys = [...query.keys()].filter((key) => key.toLowerCase() === name.toLowerCase());
	const value = keys.map((key) => query.get(key)).at(-1) ?? undefined;
	for (const key of keys) query.delete(key);
	return value;
}

/** The driver's own reading, its defaults with it: nothing connects. */
function parse(uri: string, redact: (text: string) => string): Readonly<Record<string, unknown>> {
	try {
		return new MongoClient(uri).options as unknown as Record<string, unknown>;
	} catch (error) {
		throw new SastaError('DATABASE_URI', `The database address is not usable: ${redact(errorMessage(error))}`, {
			exitCode: EXIT.usage,
			cause: error,
			hint: 'Mend --uri or --option, else database.uri in sastaops.yaml, or MONGODB_URI',
		});
	}
}

function numberOf(value: unknown): number | undefined {
	return typeof value === 'number' ? value : undefined;
}
