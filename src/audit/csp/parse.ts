/** One policy of a list; all of them are enforced together. */
export type CspPolicy = {
	/** By name in small letters; the first of a name counts (CSP 3, section 2.2.1). */
	readonly directives: ReadonlyMap<string, readonly string[]>;
	/** Names that came again, and were passed over. */
	readonly repeated: readonly string[];
	/** Names no browser knows, and so passes over. */
	readonly unknown: readonly string[];
};

const KNOWN: ReadonlySet<string> = new Set([
	'base-uri',
	'block-all-mixed-content',
	'child-src',
	'connect-src',
	'default-src',
	'fenced-frame-src',
	'font-src',
	'form-action',
	'frame-ancestors',
	'frame-src',
	'img-src',
	'manifest-src',
	'media-src',
	'navigate-to',
	'object-src',
	'plugin-types',
	'prefetch-src',
	'referrer',
	'reflected-xss',
	'report-to',
	'report-uri',
	'require-sri-for',
	'require-trusted-types-for',
	'sandbox',
	'script-src',
	'script-src-attr',
	'script-src-elem',
	'style-src',
	'style-src-attr',
	'style-src-elem',
	'trusted-types',
	'upgrade-insecure-requests',
	'webrtc',
	'worker-src',
]);

/** In a `<meta>` these are passed over (CSP 3, section 3.3). */
const HEADER_ONLY: ReadonlySet<string> = new Set(['frame-ancestors', 'report-uri', 'sandbox']);

/** More policies than this in one answer are no policy any more. */
const MAX_POLICIES = 100;

/** The policies of some header lines. One that names no directive is none. */
export function parsePolicies(values: readonly string[], from: 'header' | 'meta' = 'header'): readonly CspPolicy[] {
	return values
		.flatMap((value) => value.split(',', MAX_POLICIES))
		.slice(0, MAX_POLICIES)
		.map((text) => parsePolicy(text, from))
		.filter(({directives, unknown}) => directives.size > 0 || unknown.length > 0);
}

function parsePolicy(text: string, from: 'header' | 'meta'): CspPolicy {
	const directives = new Map<string, readonly string[]>();
	const repeated = new Set<string>();
	const unknown = new Set<string>();
	for (const part of text.split(';')) {
		const [typed, ...sources] = part.split(/[ \t\n\f\r]+/).filter((word) => word !== '');
		if (typed === undefined) continue;
		const name = typed.toLowerCase();
		if (from === 'meta' && HEADER_ONLY.has(name)) continue;
		if (!KNOWN.has(name)) unknown.add(name);
		else if (directives.has(name)) repeated.add(name);
		else directives.set(name, sources.map(asCompared));
	}
	return {directives, repeated: [...repeated], unknown: [...unknown]};
}

/** Nonces and hashes as they are; everything else is compared in small letters. */
function asCompared(source: string): string {
	return isNonce(source) || isHash(source) ? source : source.toLowerCase();
}

export function isNonce(source: string): boolean {
	return /^'nonce-[A-Za-z0-9+/_-]+={0,2}'$/i.test(source);
}

export function isHash(source: string): boolean {
	return /^'sha(?:256|384|512)-[A-Za-z0-9+/_-]+={0,2}'$/i.test(source);
}
