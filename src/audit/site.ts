import {SECRET_HEADER} from '../kernel/config/alerts.js';
import type {Host} from '../kernel/host.js';
import {type Dns, openDns} from '../ports/web/dns.js';
import {exchange, headerOf, type WebAnswer, type WebRequest} from '../ports/web/exchange.js';
import {type Hello, type HelloAnswer, sayHello} from '../ports/web/hello.js';
import type {Route} from '../ports/web/route.js';
import {type Handshake, probeTls, type TlsOptions} from '../ports/web/tls.js';
import {whoBlocks} from './blocked.js';
import {type Budget, NotSent} from './budget.js';
import {parseRetryAfter} from './retry-after.js';
import {recordSent, type Sent, sendElsewhere} from './sent.js';
import type {AuditTarget} from './target.js';

export type SiteRequest = Omit<WebRequest, 'url'> & {
	/** An address; or a path, below the target's origin. */
	readonly url: URL | string;
	/**
	 * Credentials of the shop, such as a bearer: they go to the target's own origin or its API's, over TLS that holds, and
	 * nowhere else. Their values never reach a report.
	 */
	readonly credentials?: Readonly<Record<string, string>>;
	/** Takes a 429 for the answer it is, and lets the run go on as it was. @default false */
	readonly expects429?: boolean;
	/** Takes the page of a firewall for an answer. @default false */
	readonly expectsBlock?: boolean;
};

/** The target as a check sees it: every request counted, paced, bounded and written down. */
export type Site = {
	/** One request, one answer; nothing is followed. @throws NoAnswer, NotSent, Blocked */
	send(request: SiteRequest): Promise<WebAnswer>;
	/** A handshake with the target, or another endpoint of its names. @throws NoAnswer, NotSent */
	handshake(
		options?: TlsOptions & {readonly host?: string; readonly port?: number; readonly family?: 4 | 6},
	): Promise<Handshake>;
	/** The first message of a handshake with the target, and what it answers. @throws NoAnswer, NotSent */
	hello(hello: Hello): Promise<HelloAnswer>;
	/** Not the target but DNS: not counted against what may be sent to the target. */
	readonly dns: Dns;
	/** The same answer for everybody who asks for the same address by GET, without credentials. */
	page(url: URL | string): Promise<WebAnswer>;
	/** To another service: see `sendElsewhere`. @throws NoAnswer */
	elsewhere(request: WebRequest): Promise<WebAnswer>;
	readonly route: Route;
};

/** A firewall, not the shop, has answered: nothing can be said of the shop. */
export class Blocked extends Error {
	override readonly name = 'Blocked';
}

/** All sites of a run share these. */
export type SiteWorld = {
	readonly target: AuditTarget;
	readonly route: Route;
	readonly budget: Budget;
	/** `--header`: on every request to the target's host; see `headersFor`. */
	readonly headers: Readonly<Record<string, string>>;
	readonly userAgent: string;
	readonly timeoutMs: number;
	readonly sent: Sent[];
	readonly pages: Map<string, Promise<WebAnswer>>;
	/** Whether a Retry-After has been waited for already: a second 429 ends the asking. */
	rateLimit: {hasWaited: boolean};
	readonly host: Host;
};

/** A Retry-After longer than this is not waited for. */
const LONGEST_WAIT_MS = 30_000;

export function makeSite(world: SiteWorld, check: string): Site {
	const {target, route, budget, host, pages} = world;

	async function send(request: SiteRequest): Promise<WebAnswer> {
		const url = new URL(request.url, target.origin);
		const asked = assembleRequest(world, request, url);
		for (;;) {
			const answer = await note(
				`${asked.method ?? 'GET'} ${url.href}`,
				({status}) => String(status),
				() => exchange(asked, route, host.signal),
			);
			if (answer.status === 429 && request.expects429 !== true) {
				await waitOrClose(answer);
				continue;
			}
			const blocker = request.expectsBlock === true ? undefined : whoBlocks(answer);
			if (blocker !== undefined) throw new Blocked(`${blocker} answered ${answer.status} in place of ${url.host}`);
			return answer;
		}
	}

	return {
		route,
		send,
		async handshake({host: name = target.host, port = target.port, family, ...options} = {}) {
			const words = `${options.version ?? 'TLS'} handshake with ${name}:${port}${family === undefined ? '' : ` over IPv${family}`}`;
			return note(
				words,
				({protocol, cipher}) => `${protocol} ${cipher.name}`,
				() =>
					probeTls(
						{host: name, port},
						family === undefined ? route : {...route, family},
						{timeoutMs: world.timeoutMs, signal: host.signal},
						options,
					),
			);
		},
		hello(hello) {
			return note(
				`TLS hello with ${hello.suites.length} suites to ${target.host}:${target.port}`,
				(answer) => (answer.kind === 'chosen' ? `chose ${answer.suite.toString(16)}` : `alert ${answer.alert}`),
				() => sayHello(target, route, {timeoutMs: world.timeoutMs, signal: host.signal}, hello),
			);
		},
		elsewhere: (request) => sendElsewhere(request, route, {sent: world.sent, check, host}),
		dns: openDns({servers: route.dnsServers ?? [], timeoutMs: world.timeoutMs, signal: host.signal}),
		page(url) {
			const {href} = new URL(url, target.origin);
			let known = pages.get(href);
			if (known === undefined) {
				known = send({url: href});
				pages.set(href, known);
			}
			return known;
		},
	};

	/** A target that asks for a pause gets one, once; then nothing more is sent to it. */
	async function waitOrClose(answer: WebAnswer): Promise<void> {
		const waitMs = parseRetryAfter(headerOf(answer, 'retry-after'), host.now()) ?? 1000;
		if (world.rateLimit.hasWaited || waitMs > LONGEST_WAIT_MS) {
			const why = new NotSent('rate-limited', `${answer.url.host} limits us (429)`);
			budget.close(why);
			throw why;
		}
		world.rateLimit.hasWaited = true;
		budget.pauseUntil(host.monotonicMs() + waitMs);
	}

	function note<T>(what: string, result: (value: T) => string, work: () => Promise<T>): Promise<T> {
		return recordSent(
			{sent: world.sent, check, host},
			{
				what,
				result,
				work: (begin) =>
					budget.spend(() => {
						begin();
						return work();
					}),
			},
		);
	}
}

/** Headers of `--header` that may go with a request: those that let somebody in, to the target's own origins only. */
function headersFor(
	url: URL,
	{target, headers}: Pick<SiteWorld, 'target' | 'headers'>,
): Readonly<Record<string, string>> {
	if (isOwnOrigin(url, target)) return headers;
	if (url.hostname !== target.host) return {};
	return Object.fromEntries(Object.entries(headers).filter(([name]) => !SECRET_HEADER.test(name)));
}

function isOwnOrigin({origin}: URL, target: AuditTarget): boolean {
	return origin === target.origin || origin === new URL(target.api).origin;
}

function assembleRequest(
	{target, headers, userAgent, timeoutMs, host}: SiteWorld,
	request: SiteRequest,
	url: URL,
): WebRequest {
	const {credentials, expects429: _, expectsBlock: __, url: ___, ...rest} = request;
	if (credentials !== undefined && !isOwnOrigin(url, target))
		throw new Error(`a check wanted to send credentials to ${url.origin}`);
	for (const value of Object.values(credentials ?? {})) host.addSecret(value);
	return {
		...rest,
		url,
		timeoutMs: request.timeoutMs ?? timeoutMs,
		headers: {
			'user-agent': userAgent,
			accept: '*/*',
			...headersFor(url, {target, headers}),
			...request.headers,
			...credentials,
		},
		...(credentials === undefined ? {} : {requiresTrust: true}),
	};
}
