import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {makeRedactor, passwordOf, redacted, secretsOf} from '../../src/kernel/redact.js';

function redactKnown(secret: string, text: string): string {
	const redactor = makeRedactor();
	redactor.add(secret);
	return redactor.redact(text);
}

describe('shapes that are secret wherever they stand', () => {
	it.each([
		['mongodb://asha:s3cret@db.example/shop', 'mongodb://asha:***@db.example/shop'],
		['mongodb+srv://asha:p@ss@db.example', 'mongodb+srv://asha:***@db.example'],
		['mongodb://asha:pa/ss@db.example', 'mongodb://asha:***@db.example'],
		['two: http://a:bcd@x/ and ssh://e:fgh@y/', 'two: http://a:***@x/ and ssh://e:***@y/'],
		['https://:token@host/', 'https://:***@host/'],
		['redis://user:@host', 'redis://user:***@host'],
		[`ghp_${'a1'.repeat(18)} there`, 'ghp_*** there'],
		[`github_pat_${'A1_'.repeat(12)}`, 'github_pat_***'],
		['rzp_live_AbCdEfGh12345678', 'rzp_live_***'],
		['xoxb-1234567890-abcdef', 'xoxb-***'],
		['AKIAIOSFODNN7EXAMPLE', 'AKIA***'],
		['Authorization: Bearer abc.def', 'Authorization: Bearer ***'],
		['{"authorization":"Basic YTpi"}', '{"authorization":"Basic ***"}'],
		['{"hint":"\\"authorization: Basic YTpi\\""}', '{"hint":"\\"authorization: Basic ***\\""}'],
		[`https://${'x'.repeat(30)}@github.com/a/b`, 'https://***@github.com/a/b'],
	])('masks %s', (text, shown) => {
		expect(makeRedactor().redact(text)).toBe(shown);
	});

	it.each([
		'http://127.0.0.1:3000/api/health',
		'mongodb://127.0.0.1:27017,127.0.0.1:27018/shop',
		'git@github.com:owner/shop.git',
		'http://localhost:4873 asked by asha@shop.example',
		'http://registry:4873/@scope/package',
		'at 12:30, mail a@b.example',
		'npm run test:unit',
	])('leaves %s alone', (text) => {
		expect(makeRedactor().redact(text)).toBe(text);
	});
});

describe('known values', () => {
	it.each([
		['plain', (secret: string) => `before ${secret} after`],
		['twice', (secret: string) => `${secret}${secret}`],
		['in JSON', (secret: string) => JSON.stringify({deep: [secret]})],
		['in JSON within JSON', (secret: string) => JSON.stringify({log: JSON.stringify({secret})})],
		['URL-encoded', (secret: string) => `http://h/?token=${encodeURIComponent(secret)}`],
		['in base64', (secret: string) => Buffer.from(secret).toString('base64')],
		['in base64 behind a user name', (secret: string) => Buffer.from(`asha:${secret}`).toString('base64')],
		['in base64 between others', (secret: string) => Buffer.from(`a${secret}bc`).toString('base64')],
	])('are masked %s', (_where, place) => {
		for (const secret of ['correct horse', 'a"quote\\and\nline', 'पासवर्ड-१२३', 'p%40ss+w/rd=']) {
			const shown = redactKnown(secret, place(secret));
			expect(shown).toContain('***');
			expect(shown).not.toContain(secret);
			expect(shown).not.toContain(JSON.stringify(secret).slice(1, -1));
			expect(shown).not.toContain(encodeURIComponent(secret));
		}
	});

	it('never let a base64 text be decoded to a piece of the secret as long as itself', () => {
		fc.assert(
			fc.property(fc.string({maxLength: 8}), fc.string({minLength: 12, maxLength: 30}), (before, secret) => {
				const shown = redactKnown(secret, Buffer.from(`${before}${secret}`).toString('base64'));
				expect(Buffer.from(shown.split('***')[0] ?? '', 'base64').toString()).not.toContain(secret);
				expect(shown).toContain('***');
			}),
		);
	});

	it('too short to be told from ordinary words are left alone', () => {
		expect(redactKnown('shop', 'the shop is open')).toBe('the shop is open');
	});

	it('that hold another are masked whole', () => {
		const redactor = makeRedactor();
		redactor.add('abcdef');
		redactor.add('abcdefghij');
		expect(redactor.redact('abcdefghij')).toBe('***');
	});
});

describe('secretsOf', () => {
	it('takes values by the name of their variable, and passwords inside addresses', () => {
		expect(
			secretsOf({
				GITHUB_TOKEN: 'aaaaaa',
				RAZORPAY_KEY_SECRET: 'bbbbbb',
				AWS_SECRET_ACCESS_KEY: 'cccccc',
				PAGERDUTY_ROUTING_KEY: 'dddddd',
				SMTP_PASS: 'eeeeee',
				MONGODB_URI: 'mongodb://u:ff%40fff@h/db?x=a@b',
				PWD: '/home/asha',
				OLDPWD: '/home',
				PATH: '/usr/bin',
				COMPASS: 'north',
				EMPTY_TOKEN: '',
				UNSET_TOKEN: undefined,
			}),
		).toEqual(['aaaaaa', 'bbbbbb', 'cccccc', 'dddddd', 'eeeeee', 'ff@fff']);
	});
});

describe('passwordOf', () => {
	it.each([
		['mongodb://u:p%40ss@h', 'p@ss'],
		['mongodb://u:p@ss@h', 'p@ss'],
		['mongodb://u:pa/ss@h', 'pa/ss'],
		['mongodb://u:p@h/?a=b@c', 'p'],
		['mongodb://u:100%@h', '100%'],
		['mongodb://u@h', undefined],
		['http://h:80/@x', undefined],
		['no address', undefined],
	])('of %s is %s', (uri, password) => {
		expect(passwordOf(uri)).toBe(password);
	});
});

it('redacted masks every string of plain data, and leaves the rest', () => {
	const redactor = makeRedactor();
	redactor.add('hunter22');
	expect(redacted({a: ['hunter22', 1, null], b: {c: 'x hunter22', d: true}}, redactor.redact)).toEqual({
		a: ['***', 1, null],
		b: {c: 'x ***', d: true},
	});
});
