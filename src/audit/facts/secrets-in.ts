/** Texts that stand where a secret belongs, and are none. */
const PLACEHOLDER =
	/your|example|placeholder|change.?me|xxxx|\*\*\*|\.\.\.|<|\$\{|dummy|sample|process\.env|undefined/i;

const KEY_ID = /rzp_(?:live|test)_[A-Za-z0-9]{14}(?![A-Za-z0-9])/g;
/** As far from a key id as the rest of one object. */
const BESIDE = 200;

/** Kinds of secrets in a text for browsers, each once; never the secret itself. */
export function secretsIn(text: string): string[] {
	return DETECTORS.filter(([, finds]) => finds(text)).map(([what]) => what);
}

const DETECTORS: readonly (readonly [what: string, finds: (text: string) => boolean])[] = [
	['a Razorpay key secret', (text) => hasNamedSecret(text, /key_?secret/) || hasSecretBesideKeyId(text)],
	['a webhook secret', (text) => hasNamedSecret(text, /webhook_?secret/)],
	['a database address with a password', hasDatabaseUrl],
	['a Stripe secret key', (text) => /\b[sr]k_live_[A-Za-z0-9]{16,}/.test(text)],
	[
		'an AWS access key',
		(text) => /(?<![A-Za-z0-9/+=])AKIA[0-9A-Z]{16}(?![A-Za-z0-9/+=])/.test(text) && !/AKIAIOSFODNN7EXAMPLE/.test(text),
	],
	// Libraries hold the first line of a key as a text; a key has more lines.
	['a private key', (text) => /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----(?:\\r|\\n|\s)+[A-Za-z0-9+/=]{40}/.test(text)],
];

function hasNamedSecret(text: string, name: RegExp): boolean {
	const pattern = new RegExp(
		`\\b(?:[a-z]+_?){0,2}${name.source}["']?\\s*[:=]\\s*["'\`]([^"'\`\\n]{8,200})["'\`]`,
		'gi',
	);
	return [...text.matchAll(pattern)].some(([, value = '']) => !PLACEHOLDER.test(value) && !/\s/.test(value));
}

/** 24 letters and digits of both cases: what Razorpay gives out. An ObjectId has one case only. */
function hasSecretBesideKeyId(text: string): boolean {
	return [...text.matchAll(KEY_ID)].some(({index, 0: id}) => {
		const around =
			text.slice(Math.max(0, index - BESIDE), index) + text.slice(index + id.length, index + id.length + BESIDE);
		return [...around.matchAll(/["'`]([A-Za-z0-9]{24})["'`]/g)].some(
			([, value = '']) => /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value),
		);
	});
}

function hasDatabaseUrl(text: string): boolean {
	const urls = text.matchAll(
		/\b(?:mongodb(?:\+srv)?|postgres(?:ql)?|mysql|rediss?):\/\/([^\s:@/"'`]{1,100}):([^\s@/"'`]{1,100})@[\w.-]/g,
	);
	return [...urls].some(
		([, user = '', password = '']) =>
			!PLACEHOLDER.test(password) && !/^(?:password|pass|pwd|secret)$/i.test(password) && !/^<|\$\{/.test(user),
	);
}
