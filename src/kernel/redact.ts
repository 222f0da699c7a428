const MASK = '***';

/** Shapes that are secret wherever they stand: passwords in URLs, GitHub, Razorpay, Slack and AWS credentials, bearer tokens. */
const PATTERNS: readonly {readonly pattern: RegExp; readonly replacement: string}[] = [
	// Up to the last @ before a slash, else up to the last at all: a password may hold either unescaped. Digits are a port.
	{
		pattern: /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):(?!\d{1,5}(?:[/?#\s,"']|$))(?:[^\s"'`<>/]*@|[^\s"'`<>]*@)/gi,
		replacement: `$1:${MASK}@`,
	},
	{pattern: /\b(gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(rzp_(?:live|test)_)[A-Za-z0-9]{8,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(xox[abprs]-)[A-Za-z0-9-]{10,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, replacement: `$1${MASK}`},
	{
		// No backslash: in JSON it stands before the quote that ends the text.
		pattern: /\b((?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"'\\]+/gi,
		replacement: `$1${MASK}`,
	},
	{pattern: /\b(https?:\/\/)[A-Za-z0-9_-]{20,}@/g, replacement: `$1${MASK}@`},
];

/** Part of every text that a pattern fits: most texts hold none, and are searched once instead of seven times. */
const TELLTALE = /:\/\/|gh[pousr]_|github_pat_|rzp_|xox[abprs]-|AKIA|ASIA|authorization/i;

/** Known values shorter than this are not masked: they would blank out ordinary words. */
const SHORTEST_SECRET = 6;

export type Redactor = {add(value: string): void; redact(text: string): string};

/** Masks known secret values, in plain, JSON, URL-encoded and base64 form, and the well-known shapes above. */
export function makeRedactor(): Redactor {
	const known = new Set<string>();
	let longestFirst: string[] = [];
	return {
		add(value) {
			if (value.length < SHORTEST_SECRET) return;
			for (const form of formsOf(value)) if (form.length >= SHORTEST_SECRET) known.add(form);
			longestFirst = [...known].sort((a, b) => b.length - a.length);
		},
		redact(text) {
			let result = text;
			for (const secret of longestFirst) result = result.replaceAll(secret, MASK);
			if (!TELLTALE.test(result)) return result;
			for (const {pattern, replacement} of PATTERNS) result = result.replace(pattern, replacement);
			return result;
		},
	};
}

/** How a value may stand in a text. In base64 it begins at any of three places, and its edges mix with its neighbours. */
function formsOf(value: string): string[] {
	const base64 = [0, 1, 2].map((before) => {
		const encoded = Buffer.from(' '.repeat(before) + value).toString('base64');
		const firstOwn = [0, 2, 3][before] ?? 0;
		const mixedAtEnd = (before + Buffer.byteLength(value)) % 3 === 0 ? 0 : 1;
		return encoded.replace(/=+$/, '').slice(firstOwn, mixedAtEnd === 0 ? undefined : -1);
	});
	const json = inJson(value);
	return [value, json, inJson(json), encodeURIComponent(value), ...base64];
}

function inJson(value: string): string {
	return JSON.stringify(value).slice(1, -1);
}

/** A copy of plain data whose every string is redacted. */
export function redacted<T>(value: T, redact: Redactor['redact']): T {
	if (typeof value === 'string') return redact(value) as T;
	if (Array.isArray(value)) return value.map((item) => redacted(item as unknown, redact)) as T;
	if (typeof value !== 'object' || value === null) return value;
	return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(item as unknown, redact)])) as T;
}

/** Names of environment variables whose values are secrets. */
const SECRET_NAME =
	/(?:TOKEN|SECRET|PASSWORD|PASSWD|(?:API|ACCESS|PRIVATE|ROUTING)_?KEY|CREDENTIALS?|PASSPHRASE|_PASS)$/i;

/** The secret values of an environment: by the variable's name, and passwords inside URLs. */
export function secretsOf(env: Readonly<Record<string, string | undefined>>): string[] {
	const secrets: string[] = [];
	for (const [name, value] of Object.entries(env)) {
		if (!value) continue;
		if (SECRET_NAME.test(name)) secrets.push(value);
		const password = passwordOf(value);
		if (password) secrets.push(password);
	}
	return secrets;
}

/** The password inside a URL or MongoDB connection string, decoded; undefined where there is none. */
export function passwordOf(url: string): string | undefined {
	const match = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:(?!\d{1,5}\/)(?:([^\s/]+)@|(\S+)@)/i.exec(url);
	const encoded = match?.[1] ?? match?.[2];
	if (encoded === undefined) return undefined;
	try {
		return decodeURIComponent(encoded);
	} catch {
		return encoded;
	}
}
