import {createHash} from 'node:crypto';
import type {ConnectionOptions} from 'node:tls';
import {errorCode, errorMessage} from '../../kernel/errors.js';
import type {ReceiverHost} from './post.js';
import {type Delivery, type Receiver, ReceiverError} from './receiver.js';
import {deliveryHeadline, headline, plainLines, timeWords} from './words.js';

export type EmailTerms = {
	readonly name: string;
	/** `smtp://user:password@host:587`, or `smtps://…:465`. */
	readonly server: string;
	readonly from: string;
	readonly to: readonly string[];
	/** Whom to trust; the system's authorities by default. */
	readonly tls?: ConnectionOptions;
};

const TIMEOUT_MS = 10_000;

/** A mail server, by SMTP. A password is never sent in the clear: who has one must offer TLS. */
export function openEmail({name, server, from, to, tls = {}}: EmailTerms, host: ReceiverHost): Receiver {
	const {protocol, hostname, port, username, password} = new URL(server);
	const secret = decodeURIComponent(password);
	host.addSecret(secret);
	const isSecure = protocol === 'smtps:';
	const address = `${hostname}${port === '' ? '' : `:${port}`}`;
	return {
		name,
		kind: 'email',
		title: `e-mail (${address})`,
		async send(delivery, signal) {
			const nodemailer = await import('nodemailer');
			const transport = nodemailer.createTransport({
				host: hostname,
				port: port === '' ? (isSecure ? 465 : 587) : Number(port),
				secure: isSecure,
				requireTLS: secret !== '' && !isSecure,
				...(secret === '' ? {} : {auth: {user: decodeURIComponent(username), pass: secret}}),
				tls,
				connectionTimeout: TIMEOUT_MS,
				greetingTimeout: TIMEOUT_MS,
				socketTimeout: TIMEOUT_MS,
				disableFileAccess: true,
				disableUrlAccess: true,
			});
			const sending = transport.sendMail({from, to: [...to], ...mail(delivery)});
			try {
				const {response, rejected} = await beforeAbort(sending, signal);
				const missed = rejected.length === 0 ? '' : `; not taken for ${rejected.length} of ${to.length} addresses`;
				return `${address} answers ${host.redact(String(response)).slice(0, 100)}${missed}`;
			} catch (error) {
				throw emailError(error, address, host);
			} finally {
				transport.close();
			}
		},
		close: async () => undefined,
	};
}

/** Mails of one thing stand together in a mailbox, and no machine answers them. */
export function mail(delivery: Delivery) {
	const [first] = delivery.items;
	const isSingle = delivery.items.length === 1;
	const thread = createHash('sha256')
		.update(first?.message.key ?? '')
		.digest('hex')
		.slice(0, 32);
	return {
		subject: deliveryHeadline(delivery),
		text: `${delivery.items
			.map((item) => [...(isSingle ? [] : [headline(item)]), ...plainLines(item), timeWords(item)].join('\n'))
			.join('\n\n')}\n`,
		messageId: `<${delivery.id}@sastaops.invalid>`,
		...(isSingle ? {references: [`<${thread}@sastaops.invalid>`]} : {}),
		headers: {'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All'},
	};
}

/** Errors that another try may not meet; what a server refuses with 5xx, a wrong password and missing TLS stay. */
const RETRYABLE = new Set<unknown>(['ECONNECTION', 'ESOCKET', 'ETIMEDOUT', 'EDNS', 'ECONNRESET', 'ECONNREFUSED']);

function emailError(error: unknown, address: string, host: ReceiverHost): ReceiverError {
	if (error instanceof ReceiverError) return error;
	const responseCode = typeof error === 'object' && error !== null && 'responseCode' in error ? error.responseCode : 0;
	const isTemporary = typeof responseCode === 'number' && responseCode >= 400 && responseCode < 500;
	const isNetwork = !responseCode && RETRYABLE.has(errorCode(error));
	const words = host.redact(errorMessage(error)).replaceAll(/\s+/g, ' ').slice(0, 200);
	return new ReceiverError(`${address}: ${words}`, {isRetryable: isTemporary || isNetwork, cause: error});
}

/** What the connection does when nobody waits for it any more ends by its own timeouts. */
async function beforeAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
	work.catch(() => undefined);
	let stop: () => void = () => undefined;
	const aborted = new Promise<never>((_, reject) => {
		stop = () => reject(new ReceiverError('the time is up', {isRetryable: true, cause: signal.reason}));
		if (signal.aborted) stop();
		else signal.addEventListener('abort', stop, {once: true});
	});
	try {
		return await Promise.race([work, aborted]);
	} finally {
		signal.removeEventListener('abort', stop);
	}
}
