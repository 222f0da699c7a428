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
	// Whatever stands before the name belongs to it: looking for its beginning would take forever in a long word.
	const pattern = new RegExp(`${name.source}["']?\\s{0,20}[:=]\\s{0,20}["'\`]([^"'\`\\n]{8,200})["'\`]`, 'gi');
	return hasMatch(text, pattern, ([, value = '']) => !PLACEHOLDER.test(value) && !/\s/.test(value));
}

/** 24 letters and digits of both cases: what Razorpay gives out. An ObjectId has one case only. */
function hasSecretBesideKeyId(text: string): boolean {
	return hasMatch(text, KEY_ID, ({index, 0: id}) => {
		const around =
			text.slice(Math.max(0, index - BESIDE), index) + text.slice(index + id.length, index + id.length + BESIDE);
		return [...around.matchAll(/["'`]([A-Za-z0-9]{24})["'`]/g)].some(
			([, value = '']) => /[a-z]/.test(value) && /[A-Z]/.test(value) && /\d/.test(value),
		);
	});
}

function hasDatabaseUrl(text: string): boolean {
	return hasMatch(
		text,
		/\b(?:mongodb(?:\+srv)?|postgres(?:ql)?|mysql|rediss?):\/\/([^\s:@/"'`]{1,100}):([^\s@/"'`]{1,100})@[\w.-]/g,
		([, user = '', password = '']) =>
			!PLACEHOLDER.test(password) && !/^(?:password|pass|pwd|secret)$/i.test(password) && !/^<|\$\{/.test(user),
	);
}

/** One match at a time: a text may be made of nothing else, and all of them together would be many times as large. */
function hasMatch(text: string, pattern: RegExp, fits: (match: RegExpExecArray) => boolean): boolean {
	for (const match of text.matchAll(pattern)) if (fits(match)) return true;
	return false;
}
