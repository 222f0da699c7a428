import {once} from 'node:events';
import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {TotalsAnswer} from '../ports/splitter/gateway-wire.js';
import {openAdmin} from './admin.js';
import {openAttempts} from './attempt.js';
import {makeInstances} from './instances.js';
import {refuseUpgrade} from './refuse-upgrade.js';
import {type Lanes, serveRequest} from './requests.js';
import {makeServedLog} from './served-log.js';
import {makeSplit} from './split.js';
import {isWebSocket, openUpgrades} from './upgrades.js';

export type GatewayOptions = {
	readonly listen: {readonly host: string | undefined; readonly port: number};
	/** Base addresses, `http://host:port` each. */
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	/** `host:port` of a loopback address, or the path of a unix socket. */
	readonly admin: string;
	/** Asked for by the admin endpoint where it is given. */
	readonly token?: string | undefined;
	/** The session cookie that keeps a shopper on one side. @default sid */
	readonly cookieName?: string;
	/** No byte from an instance for so long is a failure, in milliseconds. @default 60000 */
	readonly idleTimeoutMs?: number;
	/** How long requests under way may go on when it is told to stop, in milliseconds. @default 10000 */
	readonly drainMs?: number;
};

export type Gateway = {
	/** Where the traffic goes in. */
	readonly url: string;
	/** As the client is given it: `http://127.0.0.1:port` or `unix:/path`. */
	readonly admin: string;
	/** Takes no more connections, finishes what is under way, and stops; tells what was served. */
	close(): Promise<TotalsAnswer['totals']>;
};

const CONNECT_TIMEOUT_MS = 2000;
/** Longer than the proxies in front of it keep an idle connection, which is 60 s as a rule. */
const CLIENT_IDLE_MS = 75_000;
const IDLE_SWEEP_MS = 50;

/**
 * Divides traffic between two versions of a shop until it is closed. It begins at 0 % canary.
 * @throws SastaError GATEWAY_PORT, GATEWAY_ADMIN where it cannot listen
 */
export async function startGateway(
	options: GatewayOptions,
	host: Pick<Host, 'now' | 'monotonicMs' | 'randomHex' | 'emit'>,
): Promise<Gateway> {
	let isClosing = false;
	const attempts = openAttempts();
	const lanes: Lanes = {
		attempts,
		split: makeSplit(host),
		log: makeServedLog(host),
		cookieName: options.cookieName ?? 'sid',
		sides: {stable: makeInstances(options.stable, host), canary: makeInstances(options.canary, host)},
		options: {
			idleTimeoutMs: options.idleTimeoutMs ?? 60_000,
			connectTimeoutMs: CONNECT_TIMEOUT_MS,
			isClosing: () => isClosing,
		},
	};
	const upgrades = openUpgrades(lanes, host);
	// A large upload may take as long as it takes; one that stands still is ended by the idle timeout.
	const server = createServer({requestTimeout: 0, keepAliveTimeout: CLIENT_IDLE_MS, noDelay: true});
	const serve = (request: IncomingMessage, response: ServerResponse) => {
		serveRequest(request, response, lanes, host).catch((error: unknown) => {
			// A bug; one request of it must not end the others.
			host.emit({type: 'log', level: 'warn', message: `A request was dropped: ${errorMessage(error)}`});
			response.destroy();
		});
	};
	server.on('request', serve);
	server.on('upgrade', (request, socket, head) => {
		if (isWebSocket(request)) void upgrades.serve(request, socket, head);
		else refuseUpgrade(request, socket, serve);
	});
	await listen(server, options.listen);
	const admin = await openAdmin({address: options.admin, token: options.token}, lanes, host).catch(async (error) => {
		server.close();
		throw error;
	});

	return {
		url: urlOf(server),
		admin: admin.url,
		async close() {
			isClosing = true;
			upgrades.close();
			await drain(server, options.drainMs ?? 10_000);
			attempts.close();
			await admin.close();
			return lanes.log.readTotals().totals;
		},
	};
}

async function listen(server: Server, {host, port}: GatewayOptions['listen']): Promise<void> {
	try {
		server.listen({port, host});
		await once(server, 'listening');
	} catch (cause) {
		const why = errorCode(cause) === 'EADDRINUSE' ? 'something listens there already' : errorMessage(cause);
		throw new SastaError('GATEWAY_PORT', `The gateway cannot listen on port ${port}: ${why}`, {
			exitCode: EXIT.refused,
			cause,
			hint: 'Choose another with --listen, or stop what listens there',
		});
	}
}

async function drain(server: Server, drainMs: number): Promise<void> {
	const closed = once(server, 'close');
	server.close();
	// A connection that falls idle after close() would hold it up for as long as it is kept.
	const sweep = setInterval(() => server.closeIdleConnections(), IDLE_SWEEP_MS);
	const cut = setTimeout(() => server.closeAllConnections(), drainMs);
	await closed;
	clearInterval(sweep);
	clearTimeout(cut);
}

function urlOf(server: Server): string {
	const {address, port, family} = server.address() as AddressInfo;
	const isAny = address === '::' || address === '0.0.0.0';
	return `http://${isAny ? '127.0.0.1' : family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
