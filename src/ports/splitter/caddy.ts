import {basename, isAbsolute, resolve} from 'node:path';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {type CaddyAdmin, type CaddyConfig, openCaddyAdmin} from './caddy-admin.js';
import {type ConfigPath, findExpressions, findLogFiles} from './caddy-find.js';
import {makeCaddyParser} from './caddy-log.js';
import {AS_IN_FILE, type CaddySplit, markOf, parseExpression, renderExpression, stateOf} from './caddy-split.js';
import {makeLogObserver} from './log-observe.js';
import type {Splitter, SplitterState} from './splitter.js';
import {refuseNonsense, type WantedSplit, weightOf} from './wanted-split.js';

export type CaddyOptions = {
	/** `http://127.0.0.1:2019`, or `unix:/path`. */
	readonly admin: string;
	/** The access log of the template; relative to the host's `cwd`. */
	readonly log: string;
	/** What stands behind `sastaops:` in the matcher of the canary. @default shop-canary */
	readonly id?: string;
};

/**
 * A renewal loads the configuration anew: WebSockets are closed, and Caddy 2.6 resets a connection that comes in that very
 * moment (one in a hundred changes at 3 new connections a second, as measured).
 */
const SHORTEST_LEASE_MS = 300_000;

/** How far Caddy's clock may be set back before the lease stops to count. */
const CLOCK_MS = 60_000;

/** A change that meets another one is tried again on what that left. */
const TRIES = 3;

type Caddy = {
	readonly admin: CaddyAdmin;
	readonly id: string;
	readonly title: string;
	readonly lives: Lives;
	readonly host: Pick<Host, 'randomHex'>;
};

type Found = CaddyConfig & {
	readonly path: ConfigPath;
	readonly expression: string;
	/** Undefined where another hand has written it. */
	readonly split: CaddySplit | undefined;
	/** Life of the expression and of the process. */
	readonly life: string;
};

/** Opens a Caddy that is set up as templates/canary/Caddyfile says. It is not asked anything yet. */
export function openCaddy(
	{admin: address, log: givenLog, id = 'shop-canary'}: CaddyOptions,
	host: Pick<Host, 'cwd' | 'monotonicMs' | 'randomHex'>,
): Splitter {
	if (!/^[\w.:-]+$/.test(id)) throw wrongId(id);
	const admin = openCaddyAdmin(address);
	const title = `Caddy at ${admin.where}`;
	const caddy: Caddy = {admin, id, title, lives: makeLives(), host};
	const parse = makeCaddyParser(host.randomHex(16));
	const log = resolve(host.cwd, givenLog);
	// Caddy makes the file with the first line; that it will is told by its configuration.
	const observer = makeLogObserver({log, title, parse, mayBeAbsent: true}, host);
	return {
		kind: 'caddy',
		title,
		isSticky: true,
		shortestLeaseMs: SHORTEST_LEASE_MS,
		read: async () => stateFound(await find(caddy), caddy),
		async set(wanted) {
			refuseNonsense(wanted, title);
			return change(caddy, (found) => ({...splitOf(wanted, found.nowMs), life: knownSplit(found, caddy).life}));
		},
		async observe() {
			const found = await find(caddy);
			if (!logsTo(log, found.config)) throw notLogged(title, log);
			return {atMs: found.nowMs, incarnation: caddy.lives.nameOf(found.life), ...(await observer.observe())};
		},
		// Whatever stands there.
		revert: () => change(caddy, ({split}) => ({...AS_IN_FILE, life: split?.life})),
		close: () => observer.close(),
	};
}

function splitOf({share, leaseMs, owner}: WantedSplit, nowMs: number): Omit<CaddySplit, 'life'> {
	const endS = Math.floor((nowMs + leaseMs) / 1000);
	const hasLease = leaseMs > 0 && endS * 1000 > nowMs;
	return {
		weight: weightOf(share),
		fromS: hasLease ? Math.floor((nowMs - CLOCK_MS) / 1000) : 0,
		endS: hasLease ? endS : 0,
		owner,
	};
}

/**
 * Replaces the one expression, on condition that the configuration is still the one that was read, and reads it back.
 * Caddy loads a configuration as a whole or keeps the old one.
 */
async function change(caddy: Caddy, make: (before: Found) => CaddySplit): Promise<SplitterState> {
	const {admin, id, lives, host} = caddy;
	for (let tries = 0; tries < TRIES; tries++) {
		const before = await find(caddy);
		const split = make(before);
		// The same life goes on, unless nobody has begun one since the configuration was loaded.
		const expression = renderExpression(id, {...split, life: split.life ?? host.randomHex(8)});
		if (!(await admin.replace(before.path, expression, before.etag))) continue;
		const after = await find(caddy);
		if (after.expression !== expression) throw notKept(caddy, after);
		lives.goOn(before.life, after.life);
		return stateFound(after, caddy);
	}
	throw new SastaError('SPLITTER_REFUSED', `The configuration of ${caddy.title} was changed ${TRIES} times meanwhile`, {
		exitCode: EXIT.outside,
		details: ['Not by us: its share stays as the others have it'],
		hint: 'See who else changes it, then try again',
	});
}

async function find({admin, id, title}: Caddy): Promise<Found> {
	const [found, start] = await Promise.all([admin.readConfig(), admin.readStart()]);
	const [first, ...others] = findExpressions(found.config, markOf(id));
	if (first === undefined || others.length > 0) throw notOne(title, id, first === undefined ? 0 : others.length + 1);
	const split = parseExpression(id, first.expression);
	return {...found, ...first, split, life: `${split === undefined ? 'other' : (split.life ?? 'file')}@${start}`};
}

function knownSplit({split, expression}: Found, {title, id}: Caddy): CaddySplit {
	if (split !== undefined) return split;
	throw new SastaError('SPLITTER_UNKNOWN', `The matcher "sastaops:${id}" of ${title} was changed by another hand`, {
		exitCode: EXIT.outside,
		details: [`It begins with ${expression.slice(0, 120)}`],
		hint: 'Take the canary to 0 %: sastaops canary abort',
	});
}

function stateFound(found: Found, caddy: Caddy): SplitterState {
	const {nowMs, life} = found;
	return stateOf(knownSplit(found, caddy), {nowMs, incarnation: caddy.lives.nameOf(life)});
}

/** A relative name is relative to wherever Caddy runs. */
function logsTo(log: string, config: unknown): boolean {
	return findLogFiles(config).some((file) => (isAbsolute(file) ? file === log : basename(file) === basename(log)));
}

type Lives = {
	/** A name that stays while only we change it. */
	nameOf(life: string): string;
	/** We have made the one into the other. */
	goOn(before: string, after: string): void;
};

/** A configuration loaded from its file is always the same, so lives are told by when they are met. */
function makeLives(): Lives {
	let current: {readonly life: string; readonly name: string} | undefined;
	let met = 0;
	const nameOf = (life: string) => {
		if (current?.life !== life) current = {life, name: `${life}#${++met}`};
		return current.name;
	};
	return {
		nameOf,
		goOn(before, after) {
			current = {life: after, name: nameOf(before)};
		},
	};
}

function notKept({title}: Caddy, {split}: Found): SastaError {
	const says = split === undefined ? 'something else' : `${split.weight / 100} % for ${split.owner ?? 'nobody'}`;
	return new SastaError('SPLITTER_UNPROVED', `${title} did not keep what it was set to`, {
		exitCode: EXIT.outside,
		details: [`It says ${says}: somebody else has set it at the same moment`],
		hint: 'See who else steers it: two runs must not share a matcher. "sastaops canary abort" takes it to 0 %',
	});
}

function notLogged(title: string, log: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', `${title} has no log that goes to ${log}`, {
		exitCode: EXIT.outside,
		hint: 'Name it in canary.splitter.log as the Caddyfile’s "output file" does',
	});
}

function notOne(title: string, id: string, count: number): SastaError {
	return new SastaError(
		'SPLITTER_UNKNOWN',
		`${title} has ${count === 0 ? 'no' : count} matchers "sastaops:${id}", and needs one`,
		{
			exitCode: EXIT.outside,
			hint:
				count === 0
					? 'Add what templates/canary/Caddyfile has, or name yours as canary.splitter.id'
					: 'Serve all names of the shop from one site, or let others pass on to it',
		},
	);
}

function wrongId(id: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', `canary.splitter.id cannot be ${JSON.stringify(id)}`, {
		exitCode: EXIT.usage,
		hint: 'Letters, digits, dots, colons and dashes',
	});
}
