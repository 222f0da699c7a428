/** Names whose values nobody may read, wherever they stand. */
const SECRET_NAME =
	/passw|passphrase|secret|token|authori[sz]ation|cookie|signature|credential|(?:api|private|access)[-_]?key|card|cvv|cvc|(?:^|[-_])(?:pan|otp|pin|dsn)(?:$|[-_])/i;

/** The same, told in a text: `password=…`, `"token": "…"`, `Authorization: Bearer …`. */
const SECRET_IN_TEXT =
	/((?:passw(?:or)?d|passphrase|secret|token|authorization|cookie|signature|api[-_]?key|cvv|cvc)["'\\]*\s*[:=]\s*["'\\]*(?:(?:bearer|basic|token)\s+)?)[^\s"'\\&,;}]+/gi;

/** Digits that may be a card's, written with or without gaps. A time in milliseconds has thirteen. */
const CARD_NUMBER = /\b\d(?:[ -]?\d){13,18}\b/g;

const MASK = '***';

/** Without one of these a text neither names a secret nor holds a number. */
const TELLTALE = /[:=\d]/;

/** What somebody sends must not fill the log. */
const MOST_DEPTH = 6;
const MOST_ENTRIES = 50;
const MOST_CHARACTERS = 4000;

/**
 * A value as it may be written down: plain data, without secrets, of bounded size, whatever it was. Never throws.
 * @param redact masks what else is known to be secret
 */
export function scrub(value: unknown, redact: (text: string) => string, depth = 0): unknown {
	switch (typeof value) {
		case 'string':
			return scrubText(value, redact);
		case 'bigint':
			return scrubText(String(value), redact);
		case 'number':
			return maskCards(String(value)) === String(value) ? value : MASK;
		case 'function':
		case 'symbol':
			return undefined;
		case 'object':
			return value === null ? null : scrubObject(value, redact, depth);
		default:
			return value;
	}
}

/** A text without secrets, cut where it is too long. */
export function scrubText(text: string, redact: (text: string) => string): string {
	// Cut last: half a secret is not known any more.
	const redacted = redact(text.slice(0, 4 * MOST_CHARACTERS));
	const clean = TELLTALE.test(redacted) ? maskCards(redacted.replace(SECRET_IN_TEXT, `$1${MASK}`)) : redacted;
	return clean.length > MOST_CHARACTERS ? `${clean.slice(0, MOST_CHARACTERS)}…` : clean;
}

function scrubObject(value: object, redact: (text: string) => string, depth: number): unknown {
	if (depth >= MOST_DEPTH) return '[deeper]';
	try {
		if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
		if (value instanceof Error) return scrubRecord(errorFields(value), redact, depth);
		if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString();
		if ('toJSON' in value && typeof value.toJSON === 'function') return scrub(value.toJSON(), redact, depth + 1);
		if (value instanceof Map) return scrubRecord(Object.fromEntries(value), redact, depth);
		if (Array.isArray(value) || value instanceof Set)
			return [...value].slice(0, MOST_ENTRIES).map((item) => scrub(item, redact, depth + 1));
		return scrubRecord(value, redact, depth);
	} catch {
		// A getter that throws, a revoked proxy: what cannot be read is not worth a failed request.
		return '[unreadable]';
	}
}

function scrubRecord(record: object, redact: (text: string) => string, depth: number): Record<string, unknown> {
	const entries = Object.entries(record).slice(0, MOST_ENTRIES);
	return Object.fromEntries(
		entries.map(([name, item]) => [
			scrubText(name, redact),
			// What is not there is no secret, and worth knowing.
			SECRET_NAME.test(name) && item !== undefined && item !== null ? MASK : scrub(item, redact, depth + 1),
		]),
	);
}

function errorFields(error: Error): Record<string, unknown> {
	const {name, message, stack, cause} = error;
	// A driver's error has the whole reply and the topology on it; the code is what helps.
	const code = 'code' in error ? {code: error.code} : {};
	return {type: name, message, ...code, stack, ...(cause === undefined ? {} : {cause})};
}

function maskCards(text: string): string {
	if (text.length < 14) return text;
	return text.replace(CARD_NUMBER, (digits) => (isLuhn(digits) ? MASK : digits));
}

/** The check digit that every card number ends with (ISO/IEC 7812-1, annex B). */
function isLuhn(text: string): boolean {
	const digits = [...text.replaceAll(/\D/g, '')].reverse().map(Number);
	const sum = digits.reduce((total, digit, index) => {
		const weighted = index % 2 === 1 ? digit * 2 : digit;
		return total + (weighted > 9 ? weighted - 9 : weighted);
	}, 0);
	return sum % 10 === 0;
}
