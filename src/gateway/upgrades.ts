import {once} from 'node:events';
import type {IncomingMessage} from 'node:http';
import {connect, type Socket} from 'node:net';
import type {Duplex} from 'node:stream';
import {createProxyServer} from 'httpxy';
import type {Host} from '../kernel/host.js';
import type {Side} from '../ports/splitter/splitter.js';
import {prepareRequestHeaders} from './headers.js';
import type {Instance, Instances} from './instances.js';
import {chooseSide, type Lanes, pathOf} from './requests.js';

export type Upgrades = {
	serve(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void>;
	/** Ends all that are open: their browsers connect again. */
	close(): void;
};

export function isWebSocket({method, headers}: IncomingMessage): boolean {
	return method === 'GET' && headers.upgrade?.toLowerCase() === 'websocket';
}

/** WebSockets: one side for their whole life, bytes passed as they are; counted once, by their handshake. */
export function openUpgrades(lanes: Lanes, host: Pick<Host, 'monotonicMs'>): Upgrades {
	const open = new Set<Duplex>();
	return {
		async serve(request, socket, head) {
			socket.on('error', () => socket.destroy());
			open.add(socket);
			socket.once('close', () => open.delete(socket));
			const startedMs = host.monotonicMs();
			const {side, identity} = chooseSide(request, lanes);
			const chosen = await findListening(side, lanes);
			prepareRequestHeaders(request);
			const status = await shakeHands(request, socket, head, chosen?.instance, lanes.options.idleTimeoutMs);
			const isFailed = chosen === undefined || chosen.isRescue || status === 502;
			lanes.log.add({
				side,
				method: 'GET',
				path: pathOf(request),
				status: isFailed ? 502 : status,
				durationMs: host.monotonicMs() - startedMs,
				identity,
				isAborted: status === 0,
				isFailed,
				isRescued: chosen?.isRescue ?? false,
			});
		},
		close() {
			for (const socket of open) socket.destroy();
		},
	};
}

/** 101, what the instance said instead, 502 where it failed, 0 where the client went away. */
function shakeHands(
	request: IncomingMessage,
	socket: Duplex,
	head: Buffer,
	instance: Instance | undefined,
	timeoutMs: number,
): Promise<number> {
	return new Promise((done) => {
		if (socket.destroyed) return done(0);
		const fail = () => {
			done(socket.destroyed ? 0 : 502);
			say(socket, '502 Bad Gateway');
		};
		if (instance === undefined) return fail();
		const proxy = createProxyServer();
		proxy.once('error', fail);
		proxy.on('error', () => socket.destroy());
		proxy.on('proxyReqWs', (outgoing) => {
			outgoing.once('response', ({statusCode = 502}) => done(statusCode));
			outgoing.once('upgrade', (_answer, upstream) => {
				proxy.off('error', fail);
				socket.once('close', () => upstream.destroy());
				upstream.once('close', () => socket.destroy());
				done(101);
			});
		});
		// Its promise is about the whole life of the socket, and its errors have come as events.
		proxy.ws(request, socket as Socket, {target: instance.url, upgradeTimeout: timeoutMs}, head).catch(() => undefined);
	});
}

/** The first instance that takes a connection: a handshake cannot be tried twice. */
async function findListening(
	side: Side,
	{sides, options}: Lanes,
): Promise<{instance: Instance; isRescue: boolean} | undefined> {
	const isTaking = async (instance: Instance) => {
		const isListening = await takesConnections(instance.url, options.connectTimeoutMs);
		if (isListening) instance.markUp();
		else instance.markDown();
		return isListening;
	};
	const find = async ({healthy, doubtful}: Instances, isLast: boolean) => {
		for (const instance of healthy()) if (await isTaking(instance)) return instance;
		if (isLast) for (const instance of doubtful()) if (await isTaking(instance)) return instance;
		return undefined;
	};
	const own = await find(sides[side], side === 'stable');
	if (own !== undefined) return {instance: own, isRescue: false};
	const stable = side === 'canary' ? await find(sides.stable, true) : undefined;
	return stable && {instance: stable, isRescue: true};
}

async function takesConnections(url: string, timeoutMs: number): Promise<boolean> {
	const {hostname, port} = new URL(url);
	const socket = connect({host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 80)});
	try {
		await once(socket, 'connect', {signal: AbortSignal.timeout(timeoutMs)});
		return true;
	} catch {
		return false;
	} finally {
		socket.on('error', () => undefined).destroy();
	}
}

function say(socket: Duplex, status: string): void {
	socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}
