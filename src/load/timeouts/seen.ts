import type {ScenarioName} from './names.js';

/** What an operation came to. */
export type Outcome =
	| {readonly kind: 'ok'}
	/** Not ended when the patience was. */
	| {readonly kind: 'waiting'}
	| {readonly kind: 'error'; readonly error: SeenError};

export type SeenError = {
	/** The class the shop catches: `MongoServerSelectionError`. */
	readonly name: string;
	readonly message: string;
	/** Of the server, where the server refused. */
	readonly code?: number;
	readonly codeName?: string;
	readonly labels: readonly string[];
	/** What lay under it, as the driver tells it. */
	readonly reason?: string;
};

/** What one scenario showed. Times in milliseconds. */
export type Seen = {
	readonly scenario: ScenarioName;
	readonly outcome: Outcome;
	readonly afterMs: number;
	/** Commands sent for the one operation; 0 when none got as far as a server. */
	readonly tries: number;
	/** From the end of the fault to the first operation that succeeded; null when none did within the patience. */
	readonly recoveredMs?: number | null;
	/** The same, when none did before `connect()` was called once more; null when that did not help either. */
	readonly reconnectedMs?: number | null;
	readonly connections: Connections;
	/** How long a heartbeat without an answer took to be given up. */
	readonly heartbeatMs?: number;
	/** Documents that are there of the one that was written. */
	readonly stored?: number;
	/** How long the fault itself lasted, where it had an end. */
	readonly faultMs?: number;
};

export type Connections = {
	/** By the client's pool, monitors left out. */
	readonly made: number;
	readonly mostOpen: number;
	/** Checked out and never given back, when all operations had ended. */
	readonly notReturned: number;
	/** Open at the proxy after the client was closed, monitors with them. */
	readonly leftOpen: number;
};

/** Why a scenario told nothing. */
export type NotTried = {readonly scenario: ScenarioName; readonly why: string};

/** The driver's error as plain data, its secrets taken out by `redact`. */
export function describeError(error: unknown, redact: (text: string) => string): SeenError {
	if (!(error instanceof Error)) return {name: 'unknown', message: redact(String(error)), labels: []};
	const {code, codeName, errorLabels} = error as {code?: unknown; codeName?: unknown; errorLabels?: unknown};
	const reason = reasonOf(error);
	return {
		name: error.name,
		message: redact(error.message),
		...(typeof code === 'number' ? {code} : {}),
		...(typeof codeName === 'string' ? {codeName} : {}),
		labels: Array.isArray(errorLabels) ? errorLabels.map(String) : [],
		...(reason === undefined || reason === error.message ? {} : {reason: redact(reason)}),
	};
}

/** A selection error holds the topology as last seen, and in it each server's own error. */
function reasonOf(error: Error): string | undefined {
	const {reason} = error as {reason?: {servers?: ReadonlyMap<string, {error?: Error | null}>}};
	const server = [...(reason?.servers?.values() ?? [])].map(({error: own}) => own?.message).find(Boolean);
	if (server !== undefined) return server;
	return error.cause instanceof Error ? error.cause.message : undefined;
}
