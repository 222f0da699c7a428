/** A `Set-Cookie`, read as browsers do (RFC 6265bis, section 5.6). Its value is never kept. */
export type SetCookie = {
	readonly name: string;
	/** Characters of name and value together. */
	readonly size: number;
	readonly isSecure: boolean;
	readonly isHttpOnly: boolean;
	/** Small letters, as sent; undefined where it is not given. */
	readonly sameSite: string | undefined;
	/** Small letters, without a dot at its beginning; undefined where it is not given, or empty. */
	readonly domain: string | undefined;
	readonly path: string | undefined;
	/** It takes a cookie away. */
	readonly isDeletion: boolean;
	readonly kind: 'session' | 'csrf' | 'other';
};

/** @param nowMs to tell a cookie that is being deleted */
export function parseSetCookie(line: string, nowMs: number): SetCookie | undefined {
	const [pair = '', ...rest] = line.split(';');
	const equals = pair.indexOf('=');
	const name = (equals === -1 ? '' : pair.slice(0, equals)).trim();
	const value = pair.slice(equals + 1).trim();
	if (name === '' && value === '') return undefined;
	const attributes = new Map<string, string>();
	for (const part of rest) {
		const at = part.indexOf('=');
		// The last of a name counts.
		attributes.set(
			(at === -1 ? part : part.slice(0, at)).trim().toLowerCase(),
			at === -1 ? '' : part.slice(at + 1).trim(),
		);
	}
	return {
		name,
		size: name.length + value.length,
		isSecure: attributes.has('secure'),
		isHttpOnly: attributes.has('httponly'),
		sameSite: attributes.get('samesite')?.toLowerCase(),
		domain: attributes.get('domain')?.replace(/^\./, '').toLowerCase() || undefined,
		path: attributes.get('path'),
		isDeletion: isDeletion(attributes, nowMs),
		kind: kindOf(name),
	};
}

function isDeletion(attributes: ReadonlyMap<string, string>, nowMs: number): boolean {
	const maxAge = attributes.get('max-age');
	if (maxAge !== undefined && /^-?\d{1,15}$/.test(maxAge)) return Number(maxAge) <= 0;
	const expires = attributes.get('expires');
	return expires !== undefined && expires.length < 64 && Date.parse(expires.replaceAll('-', ' ')) <= nowMs;
}

/** What a name says of its use. A cookie that keeps a visitor on one machine is no session. */
function kindOf(name: string): SetCookie['kind'] {
	const words = name
		.slice(0, 200)
		.replaceAll(/([a-z])([A-Z])/g, '$1 $2')
		.toLowerCase();
	if (/csrf|xsrf/.test(words)) return 'csrf';
	if (/affinity/.test(words)) return 'other';
	return /sess|login|logged_?in|token|jwt|(?<![a-z])s?sid(?![a-z])|(?<![a-z])o?auth(?![a-z])|remember_?me/.test(words)
		? 'session'
		: 'other';
}
