import {type CspPolicy, isHash, isNonce} from './parse.js';

/** One way in which a list of policies lets through what it is there to stop. */
export type Weakness = {
	/** `quiet`: nobody asks for it; a policy that is silent about it must not hide what another one says. */
	readonly level: 'fail' | 'warn' | 'quiet';
	/** The same way in another policy has the same name: only what every policy lets through is let through. */
	readonly aspect: string;
	readonly directive: string;
	readonly words: string;
};

/**
 * What a list of policies lets through. Every policy of a list is enforced: a weakness that one of them has not is none.
 * @param isHttps whether the page itself came over https: http: sources matter only there
 */
export function evaluatePolicies(policies: readonly CspPolicy[], {isHttps}: {readonly isHttps: boolean}): Weakness[] {
	const lists = policies.map((policy) => weaknessesOf(policy, isHttps));
	const aspects = lists.map((list) => new Set(list.map(({aspect}) => aspect)));
	const isUpgraded = policies.some(
		({directives}) => directives.has('upgrade-insecure-requests') || directives.has('block-all-mixed-content'),
	);
	const told = new Map<string, Weakness>();
	for (const weakness of lists.flat()) {
		if (weakness.level !== 'quiet' && !told.has(weakness.aspect)) told.set(weakness.aspect, weakness);
	}
	const open = [...told.values()]
		.filter(({aspect}) => aspects.every((known) => known.has(aspect)))
		.filter(({aspect}) => !(isUpgraded && aspect.startsWith('http ')));
	return open.filter(({aspect}, index) => !isToldBefore(aspect, open.slice(0, index)));
}

/** What script-src lets through, script-src-elem lets through too where it is not given: once is enough. */
function isToldBefore(aspect: string, before: readonly Weakness[]): boolean {
	const [kind, where] = aspect.split(' ');
	return /^script-src-/.test(where ?? '') && before.some((one) => one.aspect === `${kind} script-src`);
}

function weaknessesOf(policy: CspPolicy, isHttps: boolean): Weakness[] {
	return [
		...['script-src', 'script-src-elem', 'script-src-attr'].flatMap((name) => scriptWeaknesses(policy, name)),
		...objectWeaknesses(policy),
		...(isHttps ? insecureSources(policy) : []),
		...styleWeaknesses(policy),
		...baseWeaknesses(policy),
		...formWeaknesses(policy),
	];
}

/** The list that holds for a directive, by fall-back; undefined: nothing restricts it. */
function sourcesOf(
	{directives}: CspPolicy,
	name: string,
): {readonly from: string; readonly sources: readonly string[]} | undefined {
	const chain = name.startsWith('script-src-') ? [name, 'script-src', 'default-src'] : [name, 'default-src'];
	for (const from of chain) {
		const sources = directives.get(from);
		if (sources !== undefined) return {from, sources};
	}
	return undefined;
}

function isInlineGuarded(sources: readonly string[]): boolean {
	return sources.some((source) => isNonce(source) || isHash(source));
}

function scriptWeaknesses(policy: CspPolicy, name: string): Weakness[] {
	const found = sourcesOf(policy, name);
	const make = (level: Weakness['level'], kind: string, words: string): Weakness => ({
		level,
		aspect: `${kind} ${name}`,
		directive: found?.from ?? name,
		words,
	});
	if (found === undefined)
		return ['inline', 'data', 'hosts', 'eval'].map((kind) =>
			make('fail', kind, 'neither script-src nor default-src is given: scripts may come from everywhere'),
		);
	const {from, sources} = found;
	const isGuarded = isInlineGuarded(sources);
	const isDynamic = sources.includes("'strict-dynamic'");
	const told: Weakness[] = [];
	if (isDynamic && !isGuarded && name !== 'script-src-attr')
		told.push(make('fail', 'dynamic', `${from} has 'strict-dynamic' without a nonce or a hash: no script can run`));
	if (sources.includes("'unsafe-inline'") && !isGuarded && !isDynamic)
		told.push(make('fail', 'inline', `${from} allows 'unsafe-inline'`));
	// Only inline handlers look at script-src-attr.
	if (name === 'script-src-attr') return told;
	const hosts = isDynamic ? [] : sources.filter(isBroad);
	if (!isDynamic && sources.includes('data:')) told.push(make('fail', 'data', `${from} allows data:`));
	if (hosts.length > 0) told.push(make('fail', 'hosts', `${from} lets scripts of any host in (${hosts.join(' ')})`));
	if (sources.includes("'unsafe-eval'")) told.push(make('warn', 'eval', `${from} allows 'unsafe-eval'`));
	if (sources.some(isShortNonce)) told.push(make('warn', 'nonce', `a nonce of ${from} has fewer than 8 characters`));
	return told;
}

function isShortNonce(source: string): boolean {
	return isNonce(source) && source.length - "'nonce-'".length < 8;
}

/** Whether a source fits any host: a scheme of the web, `*`, `https://*`, `*:443`, `*.*`. */
function isBroad(source: string): boolean {
	if (/^(?:https?|ftp):$/.test(source)) return true;
	const host = source
		.replace(/^[a-z][a-z0-9+.-]{0,30}:\/\//, '')
		.replace(/\/.*$/s, '')
		.replace(/:(?:\d{1,5}|\*)$/, '');
	return host === '*' || host === '*.*';
}

function objectWeaknesses(policy: CspPolicy): Weakness[] {
	const found = sourcesOf(policy, 'object-src');
	const make = (words: string): Weakness[] => [
		{level: 'fail', aspect: 'object', directive: found?.from ?? 'object-src', words},
	];
	if (found === undefined)
		return make('neither object-src nor default-src is given: plug-ins may come from everywhere');
	const broad = found.sources.filter(isBroad);
	return broad.length === 0 ? [] : make(`${found.from} lets plug-ins of any host in (${broad.join(' ')})`);
}

/** What is only shown; a man in the middle gains little by it. */
const PASSIVE: ReadonlySet<string> = new Set(['img-src', 'media-src']);
/** Lists that are no sources of the page's parts. */
const NO_SOURCES: ReadonlySet<string> = new Set([
	'report-uri',
	'report-to',
	'frame-ancestors',
	'navigate-to',
	'sandbox',
]);

/** Sources that go over the wire in the clear, on a page that does not. A broad one is told of as broad. */
function insecureSources({directives}: CspPolicy): Weakness[] {
	return [...directives].flatMap(([directive, sources]): Weakness[] => {
		if (NO_SOURCES.has(directive)) return [];
		const isDynamic = directive.startsWith('script-src') && sources.includes("'strict-dynamic'");
		const clear = isDynamic ? [] : sources.filter((source) => /^(?:http|ftp):/.test(source));
		const isToldAsBroad = clear.every(isBroad) && isJudgedAsBroad(directive, directives);
		if (clear.length === 0 || isToldAsBroad) return [];
		return [
			{
				level: PASSIVE.has(directive) ? 'warn' : 'fail',
				aspect: `http ${directive}`,
				directive,
				words: `${directive} allows ${clear.join(' ')}, which is not encrypted`,
			},
		];
	});
}

function isJudgedAsBroad(directive: string, directives: CspPolicy['directives']): boolean {
	if (directive === 'default-src') return !directives.has('script-src') || !directives.has('object-src');
	return /^(?:script-src|script-src-elem|object-src|base-uri)$/.test(directive);
}

function styleWeaknesses(policy: CspPolicy): Weakness[] {
	const found = sourcesOf(policy, 'style-src');
	const aspect = 'style';
	if (found === undefined)
		return [{level: 'quiet', aspect, directive: 'style-src', words: 'neither style-src nor default-src is given'}];
	return found.sources.includes("'unsafe-inline'") && !isInlineGuarded(found.sources)
		? [{level: 'warn', aspect, directive: found.from, words: `${found.from} allows 'unsafe-inline' for styles`}]
		: [];
}

/** default-src does not cover it. Where no script may run, there is nothing a base could turn. */
function baseWeaknesses(policy: CspPolicy): Weakness[] {
	const sources = policy.directives.get('base-uri');
	const scripts = sourcesOf(policy, 'script-src')?.sources;
	const isScriptless = scripts?.every((source) => source === "'none'") === true;
	const make = (words: string): Weakness[] => [{level: 'warn', aspect: 'base', directive: 'base-uri', words}];
	if (sources === undefined)
		return isScriptless ? [] : make('base-uri is not given: a <base> can turn relative scripts');
	const broad = sources.filter((source) => isBroad(source) || source === 'data:');
	return broad.length === 0 ? [] : make(`base-uri allows ${broad.join(' ')}`);
}

function formWeaknesses({directives}: CspPolicy): Weakness[] {
	const sources = directives.get('form-action');
	const make = (words: string): Weakness[] => [{level: 'warn', aspect: 'form', directive: 'form-action', words}];
	if (sources === undefined) return make('form-action is not given: a form may send its fields anywhere');
	const broad = sources.filter((source) => isBroad(source) && source !== 'http:');
	return broad.length === 0 ? [] : make(`form-action allows ${broad.join(' ')}`);
}
