import type {Client} from 'undici';
import type {z} from 'zod';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {GATEWAY_KIND} from './gateway-wire.js';

export type GatewayAddress = {
	/** `http://127.0.0.1:port` or `unix:/path`. */
	readonly admin: string;
	/** Sent where the gateway asks for one. */
	readonly token?: string | undefined;
};

export type GatewayRequest<T> = {
	readonly path: string;
	readonly put?: unknown;
	readonly answer: z.ZodType<T>;
};

/** The gateway's admin endpoint, over loopback or a unix socket. */
export type GatewayEndpoint = {
	/** For people. */
	readonly where: string;
	/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_REFUSED, SPLITTER_UNKNOWN where something else answers */
	ask<T>(request: GatewayRequest<T>): Promise<T>;
	close(): Promise<void>;
};

const TIMEOUT_MS = 5000;

/** @throws SastaError SPLITTER_UNKNOWN where the address is none */
export function openGatewayEndpoint({admin, token}: GatewayAddress): GatewayEndpoint {
	const socketPath = admin.startsWith('unix:') ? admin.slice('unix:'.length) : undefined;
	const where = socketPath ?? admin;
	if (socketPath === undefined && !/^https?:\/\/[^/]+\/?$/.test(admin)) {
		throw new SastaError('SPLITTER_UNKNOWN', `"${admin}" is no admin address of a gateway`, {
			exitCode: EXIT.usage,
			hint: 'Write http://127.0.0.1:8079 or unix:/path/of/the.sock, as "sastaops gateway" prints it',
		});
	}
	let opened: Promise<Client> | undefined;
	const client = () => {
		opened ??= openClient(admin, socketPath);
		return opened;
	};

	return {
		where,
		async ask({path, put, answer}) {
			const {status, text} = await send(path, put);
			const body = parseJson(text);
			if (isOurs(body) && status >= 400) throw refused(where, status, body.error);
			const parsed = answer.safeParse(body);
			if (status === 200 && parsed.success) return parsed.data;
			throw new SastaError('SPLITTER_UNKNOWN', `What answers at ${where} is not the gateway of this version`, {
				exitCode: EXIT.outside,
				details: [`It says ${status} ${text.slice(0, 100)}`],
				hint: 'Give the address that "sastaops gateway" printed when it began',
			});
		},
		close: async () => (await opened)?.destroy(),
	};

	async function send(path: string, put: unknown): Promise<{status: number; text: string}> {
		try {
			const {statusCode, body} = await (await client()).request({
				path,
				method: put === undefined ? 'GET' : 'PUT',
				headers: {
					...(put === undefined ? {} : {'content-type': 'application/json'}),
					...(token === undefined ? {} : {authorization: `Bearer ${token}`}),
				},
				body: put === undefined ? null : JSON.stringify(put),
				signal: AbortSignal.timeout(TIMEOUT_MS),
			});
			return {status: statusCode, text: await body.text()};
		} catch (cause) {
			throw new SastaError('SPLITTER_UNREACHABLE', `The gateway at ${where} does not answer: ${errorMessage(cause)}`, {
				exitCode: EXIT.outside,
				cause,
				hint:
					put === undefined
						? 'See whether "sastaops gateway" runs, and whether you may use its admin endpoint'
						: 'It stays as it was, or has taken it: then for as long as the lease lasts. A gateway that has ended serves nobody',
			});
		}
	}
}

async function openClient(admin: string, socketPath: string | undefined): Promise<Client> {
	const {default: undici} = await import('undici');
	return socketPath === undefined ? new undici.Client(admin) : new undici.Client('http://localhost', {socketPath});
}

function refused(where: string, status: number, why: unknown): SastaError {
	const isToken = status === 401;
	return new SastaError('SPLITTER_REFUSED', `The gateway at ${where} refuses: ${String(why)}`, {
		exitCode: EXIT.outside,
		details: ['It stays as it was'],
		hint: isToken
			? 'Give canary.splitter.token what the gateway has as SASTAOPS_GATEWAY_TOKEN'
			: 'See that both are of one version of sastaops',
	});
}

function isOurs(body: unknown): body is {readonly error: unknown} {
	return typeof body === 'object' && body !== null && 'kind' in body && body.kind === GATEWAY_KIND && 'error' in body;
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
