import {Agent, type ClientRequest, type IncomingMessage, type ServerResponse} from 'node:http';
import {PassThrough} from 'node:stream';
import {createProxyServer} from 'httpxy';
import {errorCode} from '../kernel/errors.js';
import {prepareAnswerHead} from './headers.js';

/** How one try at one instance ended. */
export type Outcome =
	/** The answer went out whole, or the client went away: nothing is left to do. */
	| {readonly kind: 'over'}
	/** The instance failed when the head of its answer was sent already. */
	| {readonly kind: 'cut'}
	/** Nothing of the request was sent: anybody else may be asked. */
	| {readonly kind: 'unsent'}
	/** It cannot be said to any instance. */
	| {readonly kind: 'unfit'}
	/** The client neither sends nor reads on: nobody else's error. */
	| {readonly kind: 'stuck'}
	/** The instance may have acted on it. `isStale`: on a kept connection, which it may just have closed as idle. */
	| {readonly kind: 'lost'; readonly isStale: boolean; readonly isTimeout: boolean};

export type AttemptOptions = {
	readonly target: string;
	/** A connection of its own, not one that was kept. */
	readonly isFresh: boolean;
	/** No byte for so long, in milliseconds: the instance has failed. */
	readonly idleTimeoutMs: number;
	readonly connectTimeoutMs: number;
	/** Whether the client should close its connection after this answer. */
	isClosing(): boolean;
};

export type Attempts = {
	try(request: IncomingMessage, response: ServerResponse, options: AttemptOptions): Promise<Outcome>;
	close(): void;
};

/** A little less than the 5 s after which Node's servers close an idle connection, so that we are the first. */
const KEPT_IDLE_MS = 4000;

class InstanceTimeout extends Error {}

/** Passes requests on by httpxy; kept connections are shared by all that come. */
export function openAttempts(): Attempts {
	const kept = new Agent({keepAlive: true, maxFreeSockets: 256, timeout: KEPT_IDLE_MS});
	const fresh = new Agent({keepAlive: false});
	return {
		try: (request, response, options) => attempt(request, response, options, options.isFresh ? fresh : kept),
		close() {
			kept.destroy();
			fresh.destroy();
		},
	};
}

async function attempt(
	request: IncomingMessage,
	response: ServerResponse,
	{target, idleTimeoutMs, connectTimeoutMs, isClosing}: AttemptOptions,
	agent: Agent,
): Promise<Outcome> {
	// One for each attempt: its events are then about nothing else.
	const proxy = createProxyServer();
	const gate = hasBody(request) ? new PassThrough() : undefined;
	const seen = {isBegun: false, isConnected: false, isStale: false, hasAnswer: false, isCut: false, isStuck: false};

	proxy.on('proxyReq', (outgoing) => {
		seen.isBegun = true;
		// On a connection of its own too: one that is to be closed is closed at once by a server that answers before it has
		// read everything, and its answer is lost.
		outgoing.setHeader('connection', 'keep-alive');
		outgoing.setTimeout(idleTimeoutMs, () => {
			const isSending = !request.complete && !outgoing.writableNeedDrain;
			seen.isStuck = isSending || response.writableNeedDrain;
			outgoing.destroy(new InstanceTimeout(`${target} is silent`));
		});
		whenConnected(outgoing, connectTimeoutMs, () => {
			seen.isConnected = true;
			seen.isStale = outgoing.reusedSocket;
			// The body stays with the client until there is somebody to give it to.
			if (gate !== undefined) request.pipe(gate);
		});
	});
	proxy.on('proxyRes', (answer) => {
		seen.hasAnswer = true;
		prepareAnswerHead(answer);
		if (isClosing()) answer.headers.connection = 'close';
		const noteCut = () => {
			seen.isCut ||= !answer.complete && !response.destroyed && !seen.isStuck;
		};
		answer.once('error', noteCut).once('close', noteCut);
	});

	try {
		await proxy.web(request, response, {
			target,
			agent,
			...(gate === undefined ? {} : {buffer: gate}),
		});
	} catch (error) {
		if (!seen.hasAnswer && !response.destroyed) {
			if (!seen.isConnected) return {kind: seen.isBegun ? 'unsent' : 'unfit'};
			if (seen.isStuck) return {kind: 'stuck'};
			const isTimeout = error instanceof InstanceTimeout;
			return {kind: 'lost', isStale: seen.isStale && isReset(error), isTimeout};
		}
	}
	return {kind: seen.isCut ? 'cut' : 'over'};
}

function whenConnected(outgoing: ClientRequest, timeoutMs: number, then: () => void): void {
	const {socket} = outgoing;
	if (!socket?.connecting) {
		then();
		return;
	}
	const timer = setTimeout(() => outgoing.destroy(new InstanceTimeout('no connection')), timeoutMs);
	outgoing.once('close', () => clearTimeout(timer));
	socket.once('connect', () => {
		clearTimeout(timer);
		then();
	});
}

export function hasBody({headers}: IncomingMessage): boolean {
	const length = headers['content-length'];
	return headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0');
}

function isReset(error: unknown): boolean {
	return ['ECONNRESET', 'EPIPE'].includes(String(errorCode(error)));
}
