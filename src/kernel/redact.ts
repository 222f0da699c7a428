const MASK = '***';

/** Shapes that are secret wherever they stand: passwords in URLs, GitHub, Razorpay, Slack and AWS credentials, bearer tokens. */
const PATTERNS: readonly {readonly pattern: RegExp; readonly replacement: string}[] = [
	{pattern: /\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@]*):[^\s@/]+@/gi, replacement: `$1:${MASK}@`},
	{pattern: /\b(gh[pousr]_|github_pat_)[A-Za-z0-9_]{16,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(rzp_(?:live|test)_)[A-Za-z0-9]{8,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(xox[abprs]-)[A-Za-z0-9-]{10,}/g, replacement: `$1${MASK}`},
	{pattern: /\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, replacement: `$1${MASK}`},
	{
		pattern: /\b((?:authorization|proxy-authorization)["']?\s*[:=]\s*["']?(?:bearer|basic|token)\s+)[^\s"']+/gi,
		replacement: `$1${MASK}`,
	},
	{pattern: /\b(https?:\/\/)[A-Za-z0-9_-]{20,}@/g, replacement: `$1${MASK}@`},
];

/** Known values shorter than this are not masked: they would blank out ordinary words. */
const SHORTEST_SECRET = 6;

export type Redactor = {add(value: string): void; redact(text: string): string};

/** Masks known secret values, in plain, URL-encoded and base64 form, and the well-known shapes above. */
export function makeRedactor(): Redactor {
	const known = new Set<string>();
	let longestFirst: string[] = [];
	return {
		add(value) {
			if (value.length < SHORTEST_SECRET) return;
			for (const form of [value, encodeURIComponent(value), Buffer.from(value).toString('base64')]) known.add(form);
			longestFirst = [...known].sort((a, b) => b.length - a.length);
		},
		redact(text) {
			let result = text;
			for (const secret of longestFirst) result = result.replaceAll(secret, MASK);
			for (const {pattern, replacement} of PATTERNS) result = result.replace(pattern, replacement);
			return result;
		},
	};
}

/** Names of environment variables whose values are secrets. */
const SECRET_NAME = /(?:TOKEN|SECRET|PASSWORD|PASSWD|API_?KEY|PRIVATE_?KEY|CREDENTIALS?)$/i;

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
	const encoded = /^[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:([^\s@/]+)@/i.exec(url)?.[1];
	if (encoded === undefined) return undefined;
	try {
		return decodeURIComponent(encoded);
	} catch {
		return encoded;
	}
}
