import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {LoadedConfig} from '../kernel/config/load.js';
import {parseDuration} from '../kernel/duration.js';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {WebAnswer} from '../ports/web/exchange.js';
import type {ResolveRule, Route} from '../ports/web/route.js';
import {makeBudget} from './budget.js';
import {CATALOGUE} from './catalogue.js';
import type {Check} from './check.js';
import type {AuditContext, Permissions} from './context.js';
import type {AuditResult} from './result.js';
import {runChecks} from './run.js';
import {selectChecks} from './select.js';
import {type Sent, sendElsewhere} from './sent.js';
import {makeSite, type Site, type SiteWorld} from './site.js';
import {checkSuppressions, suppressionWarnings} from './suppress.js';
import {type AuditTarget, makeTarget} from './target.js';
import type {Severity} from './verdict.js';

export type AuditOptions = {
	readonly loaded: LoadedConfig;
	/** Groups and ids; all without one. */
	readonly words: readonly string[];
	readonly domain: string | undefined;
	readonly api: string | undefined;
	readonly httpPort: number | undefined;
	readonly rules: readonly ResolveRule[];
	readonly family: 4 | 6 | undefined;
	readonly proxy: string | undefined;
	readonly allowPrivate: boolean;
	/** PEM files of further roots. */
	readonly caFiles: readonly string[];
	readonly headers: Readonly<Record<string, string>>;
	readonly permissions: Permissions;
	/** Of the whole run; the configuration's without it. */
	readonly budget: number | undefined;
	/** Held on a private network too. */
	readonly perSecond: number | undefined;
	readonly failOn: Severity | undefined;
	/** Asked instead of this machine's: `address` or `address:port`. */
	readonly dnsServers?: readonly string[];
	/** Of sastaops, for the user agent. */
	readonly version: string;
};

/** What would be asked, and what that would send. */
export type AuditPlan = {
	readonly target: AuditTarget | undefined;
	readonly targetName: string;
	readonly checks: readonly {readonly check: Check; readonly skipReason: string | undefined}[];
	/** Sum over the checks that would run; shared requests are counted once for each. */
	readonly mostRequests: number;
	readonly total: number;
	readonly perSecond: number;
};

export type Audit = {readonly plan: AuditPlan; run(): Promise<AuditResult>};

/** Of a whole audit. Who allows more to be done allows more to be sent. */
const TOTAL = 150;
const TOTAL_ACTIVE = 300;

/** At once, on a public host; a host on one's own network is one's own to ask. */
const PARALLEL = 2;
const PARALLEL_PRIVATE = 8;

/** Prepares an audit; nothing is sent before `run`. @throws SastaError for what was asked for wrongly */
export async function openAudit(options: AuditOptions, host: Host): Promise<Audit> {
	const {loaded, permissions} = options;
	const {audit, shop} = loaded.config;
	const checks = selectChecks(options.words, CATALOGUE);
	const severities = new Map(CATALOGUE.map(({id, severity}) => [id, severity]));
	checkSuppressions(audit.suppress, (id) => severities.get(id), host.now());

	const target = targetOfOptions(options, host);
	const targetName = target === undefined ? shop.name : target.host;
	const limits = {
		perSecond: options.perSecond ?? (target?.isPrivate === true ? Number.POSITIVE_INFINITY : audit.budget.perSecond),
		total: options.budget ?? audit.budget.total ?? (permissions.active || permissions.staging ? TOTAL_ACTIVE : TOTAL),
		parallel: target?.isPrivate === true ? PARALLEL_PRIVATE : PARALLEL,
	};
	const route = await makeRoute(options, target, host);
	const budget = makeBudget(limits, host);
	const sent: Sent[] = [];
	const pages = new Map<string, Promise<WebAnswer>>();
	const known = new Map<string, Promise<unknown>>();
	const rateLimit = {hasWaited: false};
	const closers: (() => Promise<void>)[] = [];
	const timeoutMs = parseDuration(audit.timeout) ?? 15_000;

	const siteOf = (check: Check): Site => {
		if (target === undefined) {
			const missing = () => Promise.reject(new Error(`${check.id} wanted to send something, and there is no target`));
			const dns = {addresses: missing, caa: missing};
			const elsewhere: Site['elsewhere'] = (request) => sendElsewhere(request, route, {sent, check: check.id, host});
			return {route, send: missing, handshake: missing, hello: missing, dns, page: missing, elsewhere};
		}
		const userAgent = `sastaops-audit/${options.version} (+https://www.npmjs.com/package/sastaops)`;
		const world: SiteWorld = {
			target,
			route,
			budget,
			headers: options.headers,
			userAgent,
			timeoutMs,
			sent,
			pages,
			rateLimit,
			host,
		};
		return makeSite(world, check.id);
	};
	const contextOf = (check: Check): AuditContext => ({
		target,
		site: siteOf(check),
		permissions,
		loaded,
		host,
		shared<T>(name: string, make: () => Promise<T>): Promise<T> {
			const found = known.get(name) ?? make();
			known.set(name, found);
			return found as Promise<T>;
		},
		atEnd: (close) => void closers.push(close),
	});
	const guarded = checks.map((check): Check => ({...check, skipReason: (context) => whyNotAsked(check, context)}));
	const planned = guarded.map((check) => ({check, skipReason: check.skipReason?.(contextOf(check))}));

	return {
		plan: {
			target,
			targetName,
			checks: planned,
			mostRequests: planned.reduce(
				(sum, {check, skipReason}) => sum + (skipReason === undefined ? check.maxRequests : 0),
				0,
			),
			total: limits.total,
			perSecond: limits.perSecond,
		},
		async run() {
			const startedMs = host.now();
			const results = await closing(closers, () =>
				runChecks({checks: guarded, contextOf, suppressions: audit.suppress, targetName}, host),
			);
			const used = new Set(results.flatMap(({findings}) => findings.flatMap(({suppressedBy}) => suppressedBy ?? [])));
			const asked = new Set(results.filter(({verdict}) => verdict !== 'inconclusive').map(({id}) => id));
			return {
				target,
				targetName,
				startedMs,
				endedMs: host.now(),
				checks: results,
				sent,
				budget: {total: limits.total, spent: budget.spent()},
				warnings: suppressionWarnings(audit.suppress, {used, asked, host: targetName, nowMs: host.now()}),
				failOn: options.failOn ?? audit.failOn,
			};
		},
	};
}

async function closing<T>(closers: readonly (() => Promise<void>)[], work: () => Promise<T>): Promise<T> {
	try {
		return await work();
	} finally {
		for (const close of closers) await close();
	}
}

/** What bars every check of its kind, before its own reason. */
function whyNotAsked(check: Check, context: AuditContext): string | undefined {
	const {target, permissions} = context;
	if (check.effect !== 'local' && target === undefined)
		return 'no domain is known: give --domain, audit.domain or LIVE_DOMAIN';
	if (check.effect === 'active' && !permissions.active && !permissions.staging)
		return 'it sends data: allow that with --active';
	if (check.effect === 'staging' && !permissions.staging) return 'it makes test data: allow that with --staging';
	if (check.effect === 'staging' && !permissions.knowsItIsLive && hasLiveKeys(context))
		return 'the shop has live payment keys: it is asked only with --i-know-this-is-live';
	return check.skipReason?.(context);
}

function hasLiveKeys({loaded, host}: AuditContext): boolean {
	const keyId = loaded.config.audit.razorpay.keyId ?? host.env['RAZORPAY_KEY_ID'] ?? '';
	return keyId.startsWith('rzp_live_');
}

function targetOfOptions({loaded, domain, api, httpPort, rules}: AuditOptions, host: Host): AuditTarget | undefined {
	const {audit, shop} = loaded.config;
	const chosen = domain ?? audit.domain ?? (host.env['LIVE_DOMAIN'] || undefined) ?? shop.url;
	if (chosen === undefined) return undefined;
	return makeTarget({
		domain: chosen,
		api: api ?? audit.api ?? shop.api,
		httpPort: httpPort ?? audit.httpPort,
		rules,
	});
}

async function makeRoute(
	{rules, family, proxy, allowPrivate, caFiles, dnsServers = []}: AuditOptions,
	target: AuditTarget | undefined,
	host: Host,
): Promise<Route> {
	return {
		rules,
		family,
		proxy: proxyOf(proxy, target, host),
		allowPrivate: allowPrivate || target?.isPrivate === true,
		dnsServers,
		ca: await Promise.all(caFiles.map((file) => readCa(resolve(host.cwd, file)))),
	};
}

async function readCa(file: string): Promise<string> {
	const text = await readFile(file, 'utf8').catch((error: unknown) => {
		throw new SastaError('AUDIT_CA', `${file} cannot be read: ${errorMessage(error)}`, {exitCode: EXIT.usage});
	});
	if (text.includes('-----BEGIN CERTIFICATE-----')) return text;
	throw new SastaError('AUDIT_CA', `${file} holds no certificate in PEM form`, {
		exitCode: EXIT.usage,
		hint: 'It must begin with -----BEGIN CERTIFICATE-----',
	});
}

/** The flag; else the variables that curl reads, apart from hosts of one's own network and those NO_PROXY names. */
function proxyOf(flag: string | undefined, target: AuditTarget | undefined, {env}: Host): URL | undefined {
	const variable = target?.isHttps === false ? env['http_proxy'] : (env['https_proxy'] ?? env['HTTPS_PROXY']);
	const barred =
		target === undefined || target.isPrivate || isBarredByNoProxy(target.host, env['no_proxy'] ?? env['NO_PROXY']);
	const text = flag ?? (barred ? undefined : (variable ?? env['all_proxy'] ?? env['ALL_PROXY']));
	if (text === undefined || text === '') return undefined;
	const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`;
	const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
	if (url?.protocol === 'http:') return url;
	throw new SastaError('AUDIT_PROXY', `The proxy "${url?.origin ?? text}" cannot be used`, {
		exitCode: EXIT.usage,
		hint: 'Give an HTTP proxy, such as --proxy http://proxy.example:3128; "" for none',
	});
}

function isBarredByNoProxy(host: string, list: string | undefined): boolean {
	return (list ?? '')
		.split(',')
		.map((entry) => entry.trim().replace(/^\*?\./, ''))
		.some((entry) => entry === '*' || (entry !== '' && (host === entry || host.endsWith(`.${entry}`))));
}
