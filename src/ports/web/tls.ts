import {
	type ConnectionOptions,
	connect,
	createSecureContext,
	type DetailedPeerCertificate,
	type SecureContext,
	type SecureVersion,
	type TLSSocket,
} from 'node:tls';
import {errorMessage} from '../../kernel/errors.js';
import {isIpAddress} from './address.js';
import {codeOf, dial, type Endpoint, NoAnswer} from './dial.js';
import type {Route} from './route.js';

export type TlsOptions = {
	/** Only this version; any that Node allows without it. */
	readonly version?: SecureVersion;
	/** OpenSSL's names, for TLS 1.2 and below. */
	readonly ciphers?: string;
	/** @default ['http/1.1'] */
	readonly alpn?: readonly string[];
	/** Asks for a stapled OCSP answer. @default false */
	readonly requestOcsp?: boolean;
	/** The name that is asked for by SNI. @default the endpoint's host, none for an address */
	readonly servername?: string;
	/**
	 * Takes what no browser would any more: TLS 1.0, short keys, SHA-1. For looking at what is wrong with them; nothing
	 * secret is sent behind it. @default false
	 */
	readonly isLenient?: boolean;
};

/** What a handshake shows; a certificate that does not hold is shown too, and nothing is sent after it. */
export type Handshake = {
	readonly address: string | undefined;
	/** `TLSv1.3` and so on. */
	readonly protocol: string;
	/** OpenSSL's name, and the standard's. */
	readonly cipher: {readonly name: string; readonly standardName: string};
	/** Empty for a key exchange without forward secrecy; only told for TLS 1.2 and below. */
	readonly ephemeral: {readonly type?: string; readonly name?: string; readonly size?: number};
	readonly alpn: string | undefined;
	/** Whether chain, time and name hold. */
	readonly isAuthorized: boolean;
	/** OpenSSL's or Node's code, such as `CERT_HAS_EXPIRED`; undefined when authorized. */
	readonly problem: string | undefined;
	/** DER, the server's own first, then what it sent or what trust added. */
	readonly chain: readonly Buffer[];
	readonly ocsp: Buffer | undefined;
};

/** Opens TLS over a new connection. The caller destroys the socket. @throws NoAnswer */
export async function openTls(
	endpoint: Endpoint,
	route: Route,
	{timeoutMs, signal}: {readonly timeoutMs: number; readonly signal: AbortSignal},
	options: TlsOptions = {},
): Promise<{readonly socket: TLSSocket; readonly handshake: Handshake}> {
	const startedAt = performance.now();
	const {socket: plain, address} = await dial(endpoint, route, {timeoutMs, signal});
	const leftMs = Math.max(1, timeoutMs - (performance.now() - startedAt));
	return new Promise((resolve, reject) => {
		let ocsp: Buffer | undefined;
		let socket: TLSSocket;
		const fail = (error: NoAnswer) => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			plain.destroy();
			reject(error);
		};
		const onAbort = () => fail(new NoAnswer('interrupted', 'interrupted'));
		const timer = setTimeout(
			() =>
				fail(new NoAnswer('timeout', `${endpoint.host} did not finish a TLS handshake in ${Math.round(leftMs)} ms`)),
			leftMs,
		);
		signal.addEventListener('abort', onAbort, {once: true});
		try {
			socket = connect({socket: plain, ...connectOptions(endpoint, route, options)});
		} catch (error) {
			// Such as a cipher list that this machine's OpenSSL does not know.
			fail(new NoAnswer('tls', errorMessage(error), codeOf(error)));
			return;
		}
		socket.once('OCSPResponse', (answer: Buffer | null) => {
			if (answer !== null && answer.length > 0) ocsp = answer;
		});
		socket.once('secureConnect', () => {
			clearTimeout(timer);
			signal.removeEventListener('abort', onAbort);
			socket.removeAllListeners('error');
			socket.on('error', () => undefined);
			resolve({socket, handshake: handshakeOf(socket, address, ocsp)});
		});
		socket.once('error', (error) => fail(tlsSilence(error, endpoint)));
		socket.once('close', () =>
			fail(new NoAnswer('reset', `${endpoint.host} closed the connection within the handshake`, 'ECONNRESET')),
		);
	});
}

/** A handshake and nothing after it. @throws NoAnswer */
export async function probeTls(
	endpoint: Endpoint,
	route: Route,
	limits: {readonly timeoutMs: number; readonly signal: AbortSignal},
	options: TlsOptions = {},
): Promise<Handshake> {
	const {socket, handshake} = await openTls(endpoint, route, limits, options);
	socket.destroy();
	return handshake;
}

/** The types of Node leave `requestOCSP` to servers. */
function connectOptions(
	{host}: Endpoint,
	route: Route,
	options: TlsOptions,
): ConnectionOptions & {readonly requestOCSP: boolean} {
	const {alpn = ['http/1.1'], requestOcsp = false, servername} = options;
	const name = servername ?? host;
	return {
		// An address is no server name; Node refuses it, and no server expects it.
		...(isIpAddress(name) ? {host: name.replace(/^\[(.*)\]$/, '$1')} : {servername: name, host: name}),
		secureContext: contextFor(route, options),
		ALPNProtocols: [...alpn],
		requestOCSP: requestOcsp,
		rejectUnauthorized: false,
	};
}

/** Contexts by route, as all requests of one audit need the same few. */
const contexts = new WeakMap<Route['ca'], Map<string, SecureContext>>();

function contextFor({ca}: Route, options: TlsOptions): SecureContext {
	const {version, ciphers, isLenient = false} = options;
	const known = contexts.get(ca) ?? new Map<string, SecureContext>();
	contexts.set(ca, known);
	const key = `${version} ${ciphers} ${isLenient}`;
	const context = known.get(key) ?? makeContext(ca, options);
	known.set(key, context);
	return context;
}

function makeContext(ca: Route['ca'], {version, ciphers, isLenient = false}: TlsOptions): SecureContext {
	const list = ciphers ?? (isLenient ? 'DEFAULT@SECLEVEL=0' : undefined);
	const context = createSecureContext({
		...(version === undefined ? (isLenient ? {minVersion: 'TLSv1'} : {}) : {minVersion: version, maxVersion: version}),
		...(list === undefined ? {} : {ciphers: list}),
	});
	// The option `ca` would take the place of Node's own roots, and reading all 145 again with it takes 70 ms.
	const {addCACert} = context.context as {addCACert?: (pem: string) => void};
	for (const pem of ca) addCACert?.call(context.context, pem);
	return context;
}

function handshakeOf(socket: TLSSocket, address: string | undefined, ocsp: Buffer | undefined): Handshake {
	const {name, standardName} = socket.getCipher();
	// Set to a text or an error by Node, whatever the types say.
	const problem = socket.authorizationError as unknown;
	return {
		address,
		protocol: socket.getProtocol() ?? 'unknown',
		cipher: {name, standardName},
		ephemeral: socket.getEphemeralKeyInfo() as Handshake['ephemeral'],
		alpn: socket.alpnProtocol || undefined,
		isAuthorized: socket.authorized,
		problem: socket.authorized
			? undefined
			: (codeOf(problem) ?? (problem instanceof Error ? problem.message : String(problem))),
		chain: chainOf(socket.getPeerCertificate(true)),
		ocsp,
	};
}

function chainOf(first: DetailedPeerCertificate): Buffer[] {
	const chain: Buffer[] = [];
	let current: DetailedPeerCertificate | undefined = first;
	while (current?.raw !== undefined && !chain.some((known) => known.equals(current?.raw as Buffer))) {
		chain.push(current.raw);
		current = current.issuerCertificate;
	}
	return chain;
}

function tlsSilence(error: unknown, {host}: Endpoint): NoAnswer {
	const code = codeOf(error);
	if (code === 'ECONNRESET' || code === 'EPIPE')
		return new NoAnswer('reset', `${host} closed the connection within the handshake`, code);
	return new NoAnswer('tls', `${host}: ${errorMessage(error)}`, code);
}
