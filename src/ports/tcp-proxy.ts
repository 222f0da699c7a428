import {type AddressInfo, connect, createServer, type Server, type Socket} from 'node:net';
import type {Host} from '../kernel/host.js';

export type TcpAddress = {readonly host: string; readonly port: number} | {readonly path: string};

/** What the proxy does with what comes; it harms nobody but who connects to it. */
export type ProxyMode =
	| {readonly kind: 'pass'}
	/** Each piece is passed on so much later, each way. */
	| {readonly kind: 'delay'; readonly ms: number}
	/** Accepts and takes, and passes nothing on until another mode is set; then all of it, in order. */
	| {readonly kind: 'hang'}
	/** Nothing listens; connections that were open are reset. */
	| {readonly kind: 'refuse'}
	/**
	 * The connections on which the next pieces come from clients, so many of them, and no others: `hold` passes nothing on any
	 * more, `reset` ends them before the server has seen the piece, `cut-answer` when half of the answer has gone out.
	 */
	| {readonly kind: 'next'; readonly act: NextAct; readonly connections: number};

export type NextAct = 'hold' | 'reset' | 'cut-answer';

export type TcpProxy = {
	/** On 127.0.0.1; the same for as long as the proxy is open. */
	readonly port: number;
	set(mode: ProxyMode): Promise<void>;
	counts(): ProxyCounts;
	close(): Promise<void>;
};

export type ProxyCounts = {
	/** Client connections that are open. */
	readonly open: number;
	readonly accepted: number;
	/** Connections that a mode `next` has befallen since it was set. */
	readonly struck: number;
	readonly bytesUp: number;
	readonly bytesDown: number;
};

const RESET_AFTER_MS = 20;

type Pair = {
	readonly client: Socket;
	readonly server: Socket;
	fate: NextAct | undefined;
	/** Pieces go out one after another, each way. */
	up: Promise<void>;
	down: Promise<void>;
};

/** A TCP proxy in front of a server, to see what clients make of its faults. */
export async function openTcpProxy(target: TcpAddress, {monotonicMs}: Pick<Host, 'monotonicMs'>): Promise<TcpProxy> {
	const pairs = new Set<Pair>();
	const stopped = new AbortController();
	let counts = {accepted: 0, struck: 0, bytesUp: 0, bytesDown: 0};
	let mode: ProxyMode = {kind: 'pass'};
	let change = makeGate();
	let isClosed = false;

	const accept = (client: Socket) => {
		counts = {...counts, accepted: counts.accepted + 1};
		const server = 'path' in target ? connect(target.path) : connect(target.port, target.host);
		const pair: Pair = {client, server, fate: undefined, up: Promise.resolve(), down: Promise.resolve()};
		pairs.add(pair);
		for (const socket of [client, server]) socket.setNoDelay(true).on('error', () => socket.destroy());
		client.on('data', (piece) => fromClient(pair, piece));
		server.on('data', (piece) => fromServer(pair, piece));
		// A driver never closes half a connection: one that is gone on its side is gone.
		client.once('close', () => {
			pairs.delete(pair);
			server.destroy();
		});
		server.once('close', () => {
			pair.down = pair.down.then(() => untilPassing(pair)).then(() => void client.destroySoon());
		});
	};

	const fromClient = (pair: Pair, piece: Buffer) => {
		counts.bytesUp += piece.length;
		if (mode.kind === 'next' && pair.fate === undefined && counts.struck < mode.connections) {
			pair.fate = mode.act;
			counts.struck++;
			if (mode.act === 'reset') pair.client.resetAndDestroy();
		}
		pair.up = passOn(pair, pair.up, pair.server, piece);
	};

	const fromServer = (pair: Pair, piece: Buffer) => {
		counts.bytesDown += piece.length;
		if (pair.fate === 'cut-answer') {
			pair.client.write(piece.subarray(0, piece.length >> 1));
			// libuv tells a reset that comes together with data as an orderly end.
			void wait(RESET_AFTER_MS, stopped.signal).then(() => pair.client.resetAndDestroy());
			return;
		}
		pair.down = passOn(pair, pair.down, pair.client, piece);
	};

	const passOn = async (pair: Pair, before: Promise<void>, to: Socket, piece: Buffer) => {
		const dueMs = monotonicMs() + (mode.kind === 'delay' ? mode.ms : 0);
		await before;
		await wait(dueMs - monotonicMs(), stopped.signal);
		await untilPassing(pair);
		if (!to.destroyed && to.writable) to.write(piece);
	};

	const untilPassing = async (pair: Pair) => {
		while (!isClosed && (mode.kind === 'hang' || pair.fate === 'hold')) await change.opened;
	};

	const listen = (port: number) =>
		new Promise<Server>((done, fail) => {
			const server = createServer(accept);
			server.once('error', fail);
			server.listen(port, '127.0.0.1', () => done(server));
		});

	let server: Server | undefined = await listen(0);
	const {port} = server.address() as AddressInfo;

	const stopListening = async () => {
		const old = server;
		server = undefined;
		if (old === undefined) return;
		const closed = new Promise((done) => old.close(done));
		for (const {client} of pairs) client.resetAndDestroy();
		pairs.clear();
		await closed;
	};

	return {
		port,
		async set(next) {
			mode = next;
			counts.struck = 0;
			if (next.kind !== 'next') for (const pair of pairs) pair.fate = undefined;
			if (next.kind === 'refuse') await stopListening();
			else server ??= await listen(port);
			change.open();
			change = makeGate();
		},
		counts: () => ({...counts, open: pairs.size}),
		async close() {
			isClosed = true;
			stopped.abort();
			change.open();
			await stopListening();
		},
	};
}

type Gate = {readonly opened: Promise<void>; open(): void};

function makeGate(): Gate {
	let open: () => void = () => undefined;
	const opened = new Promise<void>((done) => {
		open = done;
	});
	return {opened, open};
}

/** Ends early when the signal is aborted. */
function wait(ms: number, signal: AbortSignal): Promise<void> {
	if (ms <= 0 || signal.aborted) return Promise.resolve();
	return new Promise((done) => {
		const timer = setTimeout(finish, ms);
		signal.addEventListener('abort', finish, {once: true});
		function finish() {
			clearTimeout(timer);
			signal.removeEventListener('abort', finish);
			done();
		}
	});
}
