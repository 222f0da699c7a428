import {chmod, lstat, mkdtemp, rename, rm, rmdir} from 'node:fs/promises';
import {connect} from 'node:net';
import {dirname, join} from 'node:path';
import type {FastifyInstance} from 'fastify';
import {errorCode, errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {isLoopback} from './client-key.js';

export type AdminAddress =
	| {readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly isLoopback: boolean}
	| {readonly kind: 'unix'; readonly path: string};

export type Listening = {readonly url: string; remove(): Promise<void>};

/** What fits into a socket's address on every system, the name it has at first included. */
const LONGEST_PATH = 80;

/**
 * `127.0.0.1:8079`, `unix:/run/shop/gateway.sock`, or a path.
 * @throws SastaError GATEWAY_ADMIN_OPEN where anybody on the network could steer it: an address beyond this machine, no token
 */
export function parseAdminAddress(text: string, token: string | undefined): AdminAddress {
	const [, host, port] = /^(\[[^\]]+\]|[^/:]+):(\d{1,5})$/.exec(text) ?? [];
	if (host === undefined || port === undefined || host === 'unix') return parsePath(text.replace(/^unix:/, ''));
	const bare = host.replace(/^\[|\]$/g, '');
	const isLocal = bare === 'localhost' || isLoopback(bare);
	if (!isLocal && token === undefined) {
		throw new SastaError('GATEWAY_ADMIN_OPEN', `Anybody who reaches ${text} could steer the traffic`, {
			exitCode: EXIT.usage,
			hint: 'Take a loopback address or a unix socket, or set SASTAOPS_GATEWAY_TOKEN',
		});
	}
	return {kind: 'tcp', host: bare, port: Number(port), isLoopback: isLocal};
}

function parsePath(path: string): AdminAddress {
	if (path !== '' && Buffer.byteLength(path) <= LONGEST_PATH) return {kind: 'unix', path};
	throw new SastaError('GATEWAY_ADMIN', `No socket can be named "${path}": 1 to ${LONGEST_PATH} bytes`, {
		exitCode: EXIT.usage,
		hint: 'Name a shorter path with --admin, such as /run/shop/gateway.sock, or 127.0.0.1:8079',
	});
}

/**
 * Listens. `url` is the address as the client takes it; `remove` takes the socket's file away.
 * @throws SastaError GATEWAY_ADMIN where it cannot, or another gateway listens there
 */
export async function listenAdmin(app: FastifyInstance, address: AdminAddress): Promise<Listening> {
	try {
		if (address.kind === 'unix') return await listenUnix(app, address.path);
		return {url: await app.listen({host: address.host, port: address.port}), remove: async () => undefined};
	} catch (cause) {
		await app.close();
		if (cause instanceof SastaError) throw cause;
		const where = address.kind === 'tcp' ? `${address.host}:${address.port}` : address.path;
		throw new SastaError('GATEWAY_ADMIN', `The gateway cannot be steered at ${where}: ${errorMessage(cause)}`, {
			exitCode: EXIT.refused,
			cause,
			hint: 'Choose another place with --admin; its folder must be there, and yours to write',
		});
	}
}

/** At no moment may anybody else connect: the socket is made in a folder that only we may enter, and moved when it is ours. */
async function listenUnix(app: FastifyInstance, path: string): Promise<Listening> {
	await refuseTaken(path);
	const folder = await mkdtemp(join(dirname(path), '.gateway-'));
	const first = join(folder, 's');
	try {
		await app.listen({path: first});
		await chmod(first, 0o600);
		await rename(first, path);
	} finally {
		await rm(first, {force: true});
		await rmdir(folder);
	}
	const {ino} = await lstat(path);
	const remove = async () => {
		const found = await lstat(path).catch(() => undefined);
		// Another gateway may have taken the place by now.
		if (found?.ino === ino) await rm(path, {force: true});
	};
	return {url: `unix:${path}`, remove};
}

/** A socket that a killed gateway left behind is replaced; one that answers, and anything else, is not. */
async function refuseTaken(path: string): Promise<void> {
	const found = await lstat(path).catch((error: unknown) => {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	});
	if (found === undefined || (found.isSocket() && !(await answers(path)))) return;
	const what = found.isSocket() ? 'another gateway listens there' : 'there is something else, not a socket';
	throw new SastaError('GATEWAY_ADMIN', `The gateway cannot be steered at ${path}: ${what}`, {
		exitCode: EXIT.refused,
		hint: 'Stop the other one, or choose another place with --admin',
	});
}

function answers(path: string): Promise<boolean> {
	return new Promise((done) => {
		const socket = connect(path);
		socket.once('error', () => done(false));
		socket.once('connect', () => {
			socket.destroy();
			done(true);
		});
	});
}
