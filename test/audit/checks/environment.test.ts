import {describe, expect, it} from 'vitest';
import {temporaryFolder} from '../../support/folder.js';
import {auditFolder, subjectsOf, toldBy, writeFiles} from '../audit-folder.js';

const SECRET = 'k3JpV9sQxW2mT7zRb8Yc4HdN6fGa1LuE';
const FINE = `
SHOP_ENV=production
MONGODB_URI=mongodb://shop:${SECRET}@db.internal:27017/?tls=true
RAZORPAY_KEY_ID=rzp_live_Ab3dE6gH9jK1mN
RAZORPAY_KEY_SECRET=Zx8Cv7Bn6Mq5Ws4Ed3Rf2Tg1
RAZORPAY_WEBHOOK_SECRET=${SECRET}
CORS_ORIGINS=https://shop.in
LOG_LEVEL=info
`;

async function audit(text: string, env: Readonly<Record<string, string>> = {}) {
	const folder = await temporaryFolder();
	await writeFiles(folder, {'env.production': text});
	return auditFolder(folder, ['environment'], {env});
}

describe('the variables of production', () => {
	it('pass when all are real', async () => {
		const result = await audit(FINE);

		expect(toldBy(result)).toEqual([]);
		expect(result.checks.map(({verdict}) => verdict)).toEqual(['pass', 'pass', 'pass', 'pass']);
	});

	it.each([
		['an empty value', 'PORT=', 'environment.set fail', 'PORT'],
		['a word of a template', 'MAIL_FROM=changeme', 'environment.placeholder fail', 'MAIL_FROM'],
		['angle brackets', 'SHOP_NAME=<your shop>', 'environment.placeholder fail', 'SHOP_NAME'],
		[
			'a host that only documents have',
			'OTLP_URL=https://collector.example:4318',
			'environment.placeholder fail',
			'OTLP_URL',
		],
		[
			'the template’s password',
			'REPORTS_URI=mongodb://shop:password@db.internal/x',
			'environment.placeholder fail',
			'REPORTS_URI',
		],
		['the template’s key', 'OTHER_KEY_ID=rzp_live_00000000000000', 'environment.placeholder fail', 'OTHER_KEY_ID'],
		['a test key', 'OTHER_KEY_ID=rzp_test_Ab3dE6gH9jK1mN', 'environment.keys fail', 'OTHER_KEY_ID'],
		['a short secret', 'MAIL_SECRET=Zx8Cv7Bn6', 'environment.secrets fail', 'MAIL_SECRET'],
		['a token of 31 characters', `METRICS_TOKEN=${SECRET.slice(1)}`, 'environment.secrets fail', 'METRICS_TOKEN'],
		['one character again and again', `METRICS_TOKEN=${'ab'.repeat(20)}`, 'environment.secrets fail', 'METRICS_TOKEN'],
	])('with %s fail by one check, which names the variable', async (_, line, told, subject) => {
		const result = await audit(`${FINE}${line}\n`);

		expect(toldBy(result)).toEqual([told]);
		expect(subjectsOf(result, told.split(' ')[0] ?? '')).toEqual([subject]);
	});

	it.each([
		['a value that the process has', 'PORT=', {PORT: '3000'}],
		['a comment', '#PORT=', {}],
		['an example inside a word', 'FOLDER=/var/examples', {}],
		['a host that merely begins like one', 'URL=https://example-shop.in', {}],
		['a secret in a file on the server', 'DASHBOARD_TOKEN_FILE=/etc/nowhere/dashboard-token', {}],
	])('may have %s', async (_, line, env) => {
		expect(toldBy(await audit(`${FINE}${line}\n`, env))).toEqual([]);
	});

	it('have no live key where it is not production', async () => {
		const result = await audit(FINE.replace('SHOP_ENV=production', 'SHOP_ENV=staging'));

		expect(toldBy(result)).toEqual(['environment.keys fail']);
	});

	it('have a webhook secret of its own', async () => {
		const result = await audit(FINE.replace(/KEY_SECRET=.*/, `KEY_SECRET=${SECRET}`));

		expect(toldBy(result)).toEqual(['environment.keys fail']);
		expect(subjectsOf(result, 'environment.keys')).toEqual(['RAZORPAY_WEBHOOK_SECRET']);
	});

	it('are skipped where there is no such file', async () => {
		const {checks} = await auditFolder(await temporaryFolder(), ['environment']);

		expect(new Set(checks.map(({verdict}) => verdict))).toEqual(new Set(['skip']));
	});

	it('never show a value of theirs', async () => {
		const result = await audit(`${FINE}MAIL_SECRET=Zx8Cv7Bn6\nOTHER=changeme-${SECRET}\n`);

		expect(JSON.stringify(result)).not.toContain('Zx8Cv7Bn6');
		expect(JSON.stringify(result)).not.toContain(SECRET);
	});
});
