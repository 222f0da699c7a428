import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {runBinary} from '../../support/shop-world.js';
import {type AuditedShop, HOST, openAuditedShop, SECRETS} from './open-audited-shop.js';

const WORDS = ['auth', 'ratelimit', 'input', 'payments', 'webhooks', 'smoke'];

describe('an audit with every credential set', () => {
	let world: AuditedShop;
	const seen = new Set<string>();
	beforeAll(async () => {
		world = await openAuditedShop();
	});
	afterAll(() => world.close());

	const sastaops = (...args: readonly string[]) =>
		runBinary(
			[
				'audit',
				...WORDS,
				...['--active', '--staging', '--ca', world.certificateFile],
				...['--resolve', `${HOST}:${world.port}:127.0.0.1`, '--header', 'x-audit-token: t0k3n of the header'],
				...args,
			],
			{cwd: world.folder, env: {PATH: process.env['PATH'] ?? '', HOME: world.folder, CI: 'true'}},
		);

	it('leaves none in a report, in what was sent, in a file or in an error', async () => {
		// What the shop gives out in the run is as secret as what is configured.
		world.watch((asked, reply) => {
			for (const text of [asked.headers['authorization'], asked.headers['x-razorpay-signature']])
				if (text !== undefined && text.length > 20) seen.add(text.replace(/^Bearer /, ''));
			const token = /"(?:accessToken|refreshToken)":"([^"]+)"/g;
			for (const [, value = ''] of reply.body.matchAll(token)) seen.add(value);
		});
		const json = await sastaops('--json', '--report', 'report.html', '--report', 'report.md');
		const text = await sastaops();
		// A shop that throws what it was sent back at whoever asks.
		world.watch(undefined, async (asked) => ({
			status: 500,
			headers: {'content-type': 'application/json'},
			body: JSON.stringify({message: `cannot read ${asked.body} of ${JSON.stringify(asked.headers)}`}),
		}));
		const echoed = await sastaops('--json');
		const config = join(world.folder, 'sastaops.yaml');
		const right = await readFile(config, 'utf8');
		await writeFile(config, right.replace('"audit":{', '"audit":{"nonsense":1,'));
		const refused = await sastaops();
		await writeFile(config, right);

		expect([json.exitCode, refused.exitCode]).toEqual([0, 2]);
		const outputs = {
			json: json.stdout + json.stderr,
			text: text.stdout + text.stderr,
			echoed: echoed.stdout + echoed.stderr,
			refused: refused.stdout + refused.stderr,
			html: await readFile(join(world.folder, 'report.html'), 'utf8'),
			markdown: await readFile(join(world.folder, 'report.md'), 'utf8'),
		};
		const secrets = [...Object.values(SECRETS), 't0k3n of the header', ...seen];
		expect(seen.size).toBeGreaterThan(4);
		for (const [name, output] of Object.entries(outputs)) {
			expect(output.length).toBeGreaterThan(100);
			expect({name, found: secrets.filter((secret) => formsOf(secret).some((form) => output.includes(form)))}).toEqual({
				name,
				found: [],
			});
		}
	});
});

function formsOf(secret: string): string[] {
	const bytes = Buffer.from(secret);
	return [
		secret,
		JSON.stringify(secret).slice(1, -1),
		encodeURIComponent(secret),
		bytes.toString('base64').replace(/=+$/, ''),
		bytes.toString('base64url'),
		bytes.toString('hex'),
	];
}
