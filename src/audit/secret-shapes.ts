/** A secret as it stands in a text. The value itself is never part of a report. */
export type SecretHit = {readonly kind: string; readonly line: number};

type Shape = {
	readonly kind: string;
	/** With a group `value` where only a part of it is the secret. */
	readonly pattern: RegExp;
};

/** Shapes that are secret wherever they stand. The id of a Razorpay key is public, and none of them. */
const SHAPES: readonly Shape[] = [
	{kind: 'private key', pattern: /-----BEGIN (?:RSA |EC |DSA |OPENSSH |ENCRYPTED |PGP )?PRIVATE KEY(?: BLOCK)?-----/},
	{kind: 'AWS access key', pattern: /\b(?:AKIA|ASIA)(?<value>[A-Z0-9]{16})\b/},
	{kind: 'GitHub token', pattern: /\b(?:gh[pousr]_|github_pat_)(?<value>[A-Za-z0-9_]{30,})/},
	{kind: 'Slack token', pattern: /\bxox[abprs]-(?<value>[A-Za-z0-9-]{20,})/},
	{
		kind: 'Slack webhook',
		pattern: /hooks\.slack\.com\/services\/(?<value>T[A-Z0-9]{6,}\/B[A-Z0-9]{6,}\/[A-Za-z0-9]{20,})/,
	},
	{kind: 'Stripe secret key', pattern: /\bsk_live_(?<value>[A-Za-z0-9]{16,})/},
	{kind: 'npm token', pattern: /\bnpm_(?<value>[A-Za-z0-9]{36})\b/},
	{
		kind: 'password in a database address',
		pattern: /\bmongodb(?:\+srv)?:\/\/[^\s:/@"'`<>${}]+:(?<value>[^\s@"'`<>${}]{4,})@(?<host>[^\s/"'`,?]+)/,
	},
	{
		kind: 'secret in an assignment',
		pattern:
			/\b(?:RAZORPAY_(?:KEY|WEBHOOK|OLD_WEBHOOK)_SECRET|(?:JWT|SESSION|COOKIE)_SECRET|key_secret)["']?\s*[:=]\s*["']?(?<value>[A-Za-z0-9_+/=-]{16,})["']?(?=[\s,;}]|$)/,
	},
];

/** Values that nobody could use: words of templates, one character again and again, names of variables. */
const HARMLESS =
	/^(?:(?:pass(?:word)?|secret|change[-_]?me|example|placeholder|dummy|test|your|user|admin|root|shop)[\w-]*|x+|X+|0+|\*+|\.+|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|.*(?:EXAMPLE|example|placeholder|change-?me).*)$/;
const LOCAL_HOST =
	/^(?:localhost|127\.0\.0\.1|\[::1\]|mongo|mongodb|db|database|host|[\w.-]*example(?:\.\w+)?)(?::\d+)?$/i;

/** The secrets of a text, each kind once for a line. Lines longer than 10,000 characters are looked at in their beginning. */
export function findSecrets(text: string): SecretHit[] {
	return text.split('\n').flatMap((line, index) => secretKinds(line).map((kind) => ({kind, line: index + 1})));
}

/** What kinds of secrets one line holds. */
export function secretKinds(whole: string): string[] {
	const line = whole.length > 10_000 ? whole.slice(0, 10_000) : whole;
	return SHAPES.flatMap(({kind, pattern}) => {
		const match = pattern.exec(line);
		if (match === null) return [];
		const {value, host} = match.groups ?? {};
		if (value !== undefined && (HARMLESS.test(value) || new Set(value).size < 4)) return [];
		return host !== undefined && LOCAL_HOST.test(host) ? [] : [kind];
	});
}
