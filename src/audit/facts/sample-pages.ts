import {NoAnswer} from '../../ports/web/dial.js';
import {headerOf, headersNamed, type WebAnswer} from '../../ports/web/exchange.js';
import {NotSent} from '../budget.js';
import {type AuditContext, targetOf} from '../context.js';
import {asInconclusive} from '../inconclusive.js';
import {Blocked} from '../site.js';
import type {AuditTarget} from '../target.js';
import type {Finding} from '../verdict.js';
import {type MetaTag, metaTags} from './meta-tags.js';

/** An answer that headers are judged on. */
export type SamplePage = {
	/** `/checkout`; the whole address where it is another origin's. */
	readonly path: string;
	/** What browsers show as a page; everything else is read by programs. */
	readonly kind: 'html' | 'api';
	/** The shop's health: it has a contract of its own. */
	readonly isHealth: boolean;
	readonly isHttps: boolean;
	/** Small letters. */
	readonly host: string;
	readonly headers: WebAnswer['headers'];
	/** Of a page; empty else. */
	readonly meta: readonly MetaTag[];
};

export type Unjudged = {
	readonly path: string;
	readonly why: string;
	/** Nobody answered, or somebody else; an answer that is no page tells nothing, and is no fault. */
	readonly isUnknown: boolean;
	/** What lets it be judged. */
	readonly fix?: string;
};

export type Sample = {
	readonly pages: readonly SamplePage[];
	/** Redirects on the way to the first page, on the target's own host: they set cookies too. */
	readonly hops: readonly SamplePage[];
	readonly unjudged: readonly Unjudged[];
};

const MAX_HOPS = 5;

/** The most requests a sample needs; each check that reads it says so. */
export function sampleSends(what: string): readonly string[] {
	return [`GET of the start page (at most ${MAX_HOPS} redirects), of audit.paths and of the API’s health, ${what}`];
}
export const SAMPLE_REQUESTS = 17;

/**
 * The start page, the pages of `audit.paths` and the API's health, each asked once for all checks. A redirect of the
 * start page is followed on the same host.
 */
export function samplePages(context: AuditContext): Promise<Sample> {
	return context.shared('sample-pages', () => gatherSample(context));
}

async function gatherSample(context: AuditContext): Promise<Sample> {
	const target = targetOf(context);
	const {paths} = context.loaded.config.audit;
	const health = `${target.api}/health`;
	const [start, ...others] = await Promise.all([
		follow(context, target),
		...paths.map((path) => askOne(context, new URL(path, target.origin), target)),
		askOne(context, new URL(health), target),
	]);
	const known = new Set<string>();
	const pages = [start.page, ...others.map(({page}) => page)].filter((page): page is SamplePage => {
		if (page === undefined || known.has(page.path)) return false;
		known.add(page.path);
		return true;
	});
	return {pages, hops: start.hops, unjudged: [start, ...others].flatMap(({unjudged}) => unjudged ?? [])};
}

type Asked = {readonly page?: SamplePage; readonly unjudged?: Unjudged};

async function askOne(context: AuditContext, url: URL, target: AuditTarget): Promise<Asked> {
	const path = pathOf(url, target);
	try {
		const answer = await context.site.page(url);
		const why = whyNotJudged(answer);
		return why === undefined ? {page: pageOf(answer, path, target)} : {unjudged: {path, why, isUnknown: false}};
	} catch (error) {
		if (!isSilence(error)) throw error;
		return {unjudged: silenceOf(path, error)};
	}
}

/** What could not be asked, as every check says it. */
export function silenceOf(path: string, error: Error): Unjudged {
	const {reason, fix = ''} = asInconclusive(error);
	return {path, why: reason, isUnknown: true, fix};
}

/** What stops the start page stops the check: without it little is known. */
async function follow(
	context: AuditContext,
	target: AuditTarget,
): Promise<Asked & {readonly hops: readonly SamplePage[]}> {
	const hops: SamplePage[] = [];
	let url = new URL(target.path, target.origin);
	for (let hop = 0; ; hop++) {
		const path = pathOf(url, target);
		const answer = await context.site.page(url);
		const next = isRedirect(answer) ? locationOf(answer) : undefined;
		if (next === undefined) {
			const why = whyNotJudged(answer);
			// No start page is an API's way; one that is barred or broken may be anything.
			const isUnknown = answer.status >= 500 || answer.status === 401 || answer.status === 403;
			return why === undefined ? {page: pageOf(answer, path, target), hops} : {unjudged: {path, why, isUnknown}, hops};
		}
		hops.push(pageOf(answer, path, target));
		if (hop === MAX_HOPS)
			return {unjudged: {path, why: `still redirects after ${MAX_HOPS} redirects`, isUnknown: true}, hops};
		if (!isSameHost(next, url)) {
			const why = `leads to ${next.origin}, which was not asked for: give --domain ${next.host}`;
			return {unjudged: {path, why, isUnknown: true}, hops};
		}
		url = next;
	}
}

/** Of one host, and never from https to http. */
function isSameHost(next: URL, from: URL): boolean {
	const isUpgrade = from.protocol === 'http:' && next.protocol === 'https:';
	return next.origin === from.origin || (isUpgrade && next.hostname === from.hostname);
}

function isRedirect({status}: WebAnswer): boolean {
	return [301, 302, 303, 307, 308].includes(status);
}

export function locationOf(answer: WebAnswer): URL | undefined {
	const location = headerOf(answer, 'location');
	if (location === undefined || !URL.canParse(location, answer.url.href)) return undefined;
	const url = new URL(location, answer.url.href);
	url.hash = '';
	return /^https?:$/.test(url.protocol) ? url : undefined;
}

function whyNotJudged({status}: WebAnswer): string | undefined {
	return status >= 200 && status < 300 ? undefined : `answered ${status}`;
}

export function isSilence(error: unknown): error is Error {
	return error instanceof NoAnswer || error instanceof NotSent || error instanceof Blocked;
}

function pageOf(answer: WebAnswer, path: string, target: AuditTarget): SamplePage {
	const kind = kindOf(answer);
	return {
		path,
		kind,
		isHealth: answer.url.href === new URL(`${target.api}/health`).href,
		isHttps: answer.url.protocol === 'https:',
		host: answer.url.hostname,
		headers: answer.headers,
		meta: kind === 'html' ? metaTags(answer.body.toString('latin1')) : [],
	};
}

function kindOf(answer: WebAnswer): SamplePage['kind'] {
	const type = headerOf(answer, 'content-type');
	if (type !== undefined) return /^\s*(?:text\/html|application\/xhtml\+xml)\b/i.test(type) ? 'html' : 'api';
	return /^\s*<(?:!doctype|html|head|body)\b/i.test(answer.body.toString('latin1', 0, 1024)) ? 'html' : 'api';
}

function pathOf(url: URL, target: AuditTarget): string {
	return url.origin === target.origin ? url.pathname : `${url.origin}${url.pathname}`;
}

/** All values of a header, and undefined for none. */
export function valuesOf(page: Pick<SamplePage, 'headers'>, name: string): readonly string[] | undefined {
	const values = headersNamed(page, name);
	return values.length === 0 ? undefined : values;
}

/**
 * A finding for each page; what nobody answered for is inconclusive, and so is a sample that holds nothing. A finding's
 * subject is the page, unless it has one of its own.
 */
export function judgePages(
	{pages, unjudged}: Sample,
	judge: (page: SamplePage) => Finding | readonly Finding[],
): readonly Finding[] {
	const told = pages.flatMap((page) =>
		[judge(page)].flat().map((finding: Finding): Finding => ({subject: page.path, ...finding})),
	);
	return [...told, ...unknownOf(pages, unjudged)];
}

/** What may have been missed. */
export function unknownOf(pages: readonly SamplePage[], unjudged: readonly Unjudged[]): readonly Finding[] {
	const silent = unjudged.filter(({isUnknown}) => isUnknown);
	const fixOfPage = 'give the address of a page that answers 200, such as --domain https://shop.example/shop';
	const unknown = silent.map(
		({path, why, fix = fixOfPage}): Finding => ({
			verdict: 'inconclusive',
			subject: path,
			reason: `${path}: ${why}`,
			fix,
		}),
	);
	if (pages.length > 0 || unknown.length > 0) return unknown;
	return [
		{
			verdict: 'inconclusive',
			reason: `there is no answer to judge: ${unjudged.map(({path, why}) => `${path} ${why}`).join('; ')}`,
			fix: fixOfPage,
		},
	];
}
