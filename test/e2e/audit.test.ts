import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import type {RequestListener} from 'node:http';
import {createServer, type Server} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, afterEach, beforeAll, beforeEach, describe, expect, it} from 'vitest';
import {auditDocumentSchema, type SavedAudit} from '../../src/audit/report/saved.js';
import {type Authority, makeAuthority} from '../support/audit/authority.js';
import {startCli} from '../support/run-cli.js';
import {runBinary} from '../support/shop-world.js';

const GOOD_HEADERS = {
	'content-type': 'text/html; charset=utf-8',
	'strict-transport-security': 'max-age=63072000; includeSubDomains',
	'content-security-policy':
		"default-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
	'x-content-type-options': 'nosniff',
	'referrer-policy': 'strict-origin-when-cross-origin',
	'permissions-policy': 'camera=(), microphone=(), geolocation=()',
	'cross-origin-opener-policy': 'same-origin',
};

let folder: string;
let authority: Authority;
let server: Server;
let port: number;
/** What the site of a test answers; a good page without it. */
let answer: RequestListener | undefined;
let asked: {method: string; url: string; atMs: number}[] = [];

beforeAll(async () => {
	folder = await mkdtemp(join(tmpdir(), 'sastaops-test-audit-'));
	authority = await makeAuthority(join(folder, 'authority'));
	const {certificate, key} = await authority.issue({name: 'shop'});
	server = createServer({cert: await readFile(certificate), key: await readFile(key)}, (request, response) => {
		asked.push({method: request.method ?? '', url: request.url ?? '', atMs: Date.now()});
		if (request.url?.startsWith('/api/')) response.writeHead(404).end();
		else if (answer !== undefined) answer(request, response);
		else response.writeHead(200, GOOD_HEADERS).end('<!doctype html><title>Shop</title>');
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	port = (server.address() as AddressInfo).port;
});
afterAll(async () => {
	server.closeAllConnections();
	server.close();
	await rm(folder, {recursive: true, force: true});
});

let cwd: string;
beforeEach(async () => {
	answer = undefined;
	asked = [];
	cwd = await mkdtemp(join(folder, 'work-'));
});
afterEach(() => {
	answer = undefined;
});

const environment = () => ({PATH: process.env['PATH'] ?? '', HOME: cwd});

function run(...args: string[]) {
	return runBinary(['audit', ...args], {cwd, env: environment()});
}

/** Where the site is, as a user would say it. */
const site = () => [
	'--domain',
	`https://shop.example:${port}`,
	'--resolve',
	`shop.example:${port}:127.0.0.1`,
	'--ca',
	authority.root,
];

async function audit(...args: string[]): Promise<{exitCode: number | null; document: SavedAudit}> {
	const {exitCode, stdout} = await run(...args, ...site(), '--json');
	const document = auditDocumentSchema.parse(JSON.parse(stdout));
	expect(document.exitCode).toBe(exitCode);
	return {exitCode, document};
}

const noCsp = () => {
	const {'content-security-policy': _, ...headers} = GOOD_HEADERS;
	answer = (_request, response) => response.writeHead(200, headers).end('<!doctype html>');
};

describe('an audit by the built binary', () => {
	it('ends with 0 where nothing fails, and its JSON is what the schema says', async () => {
		const {exitCode, document} = await audit('headers');

		expect(exitCode).toBe(0);
		expect(document.checks.filter(({verdict}) => verdict === 'fail')).toEqual([]);
		expect(document.requests.sent.length).toBe(document.requests.spent);
	});

	it('ends with 1 for a failure, and tells what to do', async () => {
		noCsp();
		const {exitCode, stdout} = await run('headers', ...site());

		expect(exitCode).toBe(1);
		expect(stdout).toMatch(/^https:\/\/shop\.example:\d+: not ready/);
		expect(stdout).toMatch(/✖ high {6}headers\.csp/);
		expect(stdout).toContain('mend   ');
	});

	it('ends with 0 for a failure below the line that was drawn', async () => {
		noCsp();

		expect((await audit('headers.csp', '--fail-on', 'critical')).exitCode).toBe(0);
		expect((await audit('headers.csp', '--fail-on', 'high')).exitCode).toBe(1);
	});

	it.each([
		['a firewall’s page', 403, {'cf-mitigated': 'challenge'}, 'Just a moment...'],
		['a rate limit that never ends', 429, {'retry-after': '3600'}, 'slow down'],
	] as const)('ends with 3, never 0 or 1, behind %s', async (_, status, headers, body) => {
		answer = (_request, response) => response.writeHead(status, headers).end(body);

		const {exitCode, document} = await audit('headers', 'cors', 'health');

		expect(exitCode).toBe(3);
		expect(document.checks.filter(({verdict}) => verdict === 'pass' || verdict === 'fail')).toEqual([]);
	});

	it('ends with 3 where nobody answers', async () => {
		const {exitCode} = await run('headers', '--domain', 'https://127.0.0.1:9', '--json');

		expect(exitCode).toBe(3);
	});

	it.each([
		[['nonsense'], 'AUDIT_UNKNOWN_CHECK'],
		[['--domain', 'shop example'], 'AUDIT_TARGET'],
		[['--domain', 'https://a:secret@shop.example'], 'AUDIT_TARGET'],
		[['--resolve', 'shop.example'], 'USAGE'],
		[['--ca', 'nowhere.pem', '--domain', 'shop.example'], 'AUDIT_CA'],
		[['--header', 'no colon'], 'USAGE'],
		[['--proxy', 'socks5://127.0.0.1:1', '--domain', 'shop.example'], 'AUDIT_PROXY'],
		[['--report', 'audit.pdf'], 'USAGE'],
		[['--baseline', 'nowhere.json'], 'AUDIT_REPORT_UNREADABLE'],
		[['--fail-on', 'loud'], 'USAGE'],
		[['-4', '-6'], 'USAGE'],
		[['--budget', '0'], 'USAGE'],
		[['--rate', '0'], 'USAGE'],
		[['diff', 'one.json'], 'USAGE'],
	])('ends with 2 for %j, and sends nothing', async (args, code) => {
		const {exitCode, stdout} = await run(...args, '--json');

		expect(exitCode).toBe(2);
		expect(JSON.parse(stdout)).toMatchObject({error: {code}});
		expect(asked).toEqual([]);
	});

	it('says of a plan what it would send, and sends nothing', async () => {
		const {exitCode, stdout} = await run(...site(), '--dry-run', '--active');

		expect(exitCode).toBe(0);
		expect(stdout).toContain('Nothing was sent.');
		expect(asked).toEqual([]);
	});

	it('sends no more than its budget, and calls what is left inconclusive', async () => {
		const {exitCode, document} = await audit('headers', 'cors', 'content', '--budget', '5');

		expect(asked.length).toBeLessThanOrEqual(5);
		expect(document.requests.spent).toBeLessThanOrEqual(5);
		expect(exitCode).toBe(3);
	});

	it('keeps to the pace it is given', async () => {
		await audit('cors', '--rate', '10');

		const gaps = asked.slice(1).map(({atMs}, index) => atMs - (asked[index]?.atMs ?? 0));
		expect(asked.length).toBeGreaterThan(2);
		// Twelve would fit into each second and a bit if nothing held it back; the clock of a busy machine may squeeze two.
		expect(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length).toBeGreaterThan(80);
	});

	it('without a domain asks only what is local', async () => {
		await writeFile(join(cwd, 'env.production'), 'SHOP_ENV=production\n');

		const {exitCode, stdout} = await run('--json');
		const {checks, target} = auditDocumentSchema.parse(JSON.parse(stdout));

		expect(target).toBeNull();
		expect(exitCode).toBe(0);
		expect(new Set(checks.filter(({verdict}) => verdict !== 'skip').map(({effect}) => effect))).toEqual(
			new Set(['local']),
		);
	});

	it('stops by Ctrl-C, within its manners', async () => {
		answer = () => undefined;
		const running = startCli({cwd, env: environment()}, ['audit', 'headers', ...site()]);
		while (asked.length === 0) await new Promise((done) => setTimeout(done, 20));

		running.child.kill('SIGINT');

		expect((await running.ended).exitCode).toBe(130);
	});
});

describe('reports', () => {
	it('go into files by their endings, beside what is printed', async () => {
		noCsp();
		const files = ['a.html', 'a.json', 'a.md', 'a.xml', 'reports/a.sarif'];

		const {exitCode} = await run('headers', ...site(), ...files.flatMap((file) => ['--report', file]));

		expect(exitCode).toBe(1);
		const texts = await Promise.all(files.map((file) => readFile(join(cwd, file), 'utf8')));
		expect(texts.map((text) => text.slice(0, 9))).toEqual([
			'<!doctype',
			'{\n\t"schem',
			'## https:',
			'<?xml ver',
			'{\n\t"$sche',
		]);
	});

	it.each(['html', 'junit', 'sarif', 'github', 'markdown', 'jsonl'])(
		'are printed as %s, and nothing else',
		async (format) => {
			const {stdout, stderr} = await run('headers.csp', ...site(), '--output', format);

			expect(stdout.length).toBeGreaterThan(20);
			expect(stderr).not.toContain('sastaops:');
		},
	);

	it('of one format are refused by commands that have none', async () => {
		const {exitCode, stderr} = await run('history', '--output', 'sarif');

		expect(exitCode).toBe(2);
		expect(stderr).toContain('is not a format this command has');
	});

	it('add themselves to the summary of a step on GitHub', async () => {
		const summary = join(cwd, 'summary.md');
		await writeFile(summary, 'before\n');

		await runBinary(['audit', 'headers.csp', ...site()], {cwd, env: {...environment(), GITHUB_STEP_SUMMARY: summary}});

		expect(await readFile(summary, 'utf8')).toMatch(/^before\n## https:/);
	});
});

describe('what is known already', () => {
	it('is told apart from what is new and what is fixed', async () => {
		noCsp();
		await run('headers', ...site(), '--report', 'before.json');
		answer = (_request, response) =>
			response.writeHead(200, {...GOOD_HEADERS, 'x-content-type-options': 'no'}).end('<!doctype html>');

		const {document} = await audit('headers', '--baseline', 'before.json');

		expect(document.baseline).toMatchObject({
			new: [expect.stringContaining('headers.nosniff')],
			fixed: expect.arrayContaining([expect.stringContaining('headers.csp')]),
			unknown: [],
		});
		expect((await run('diff')).stdout).toMatch(/✖ new {6}headers\.nosniff/);
		expect((await run('history')).stdout.match(/not ready/g)).toHaveLength(2);
	});

	it('is unknown, not fixed, when the check could not be judged this time', async () => {
		noCsp();
		await run('headers.csp', ...site(), '--report', 'before.json');
		answer = (_request, response) => response.writeHead(403, {'cf-mitigated': 'challenge'}).end();

		const {document} = await audit('headers.csp', '--baseline', 'before.json');

		expect(document.baseline).toMatchObject({fixed: [], unknown: [expect.stringContaining('headers.csp')]});
	});

	it('is held back by a suppression until its day, and is back after it', async () => {
		noCsp();
		const suppress = (day: string) =>
			writeFile(
				join(cwd, 'sastaops.yaml'),
				`audit:\n  suppress:\n    - {check: headers.csp, target: shop.example, owner: asha, reason: the theme is being replaced, expires: ${day}}\n`,
			);
		const dayFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

		await suppress(dayFromNow(20));
		const held = await audit('headers.csp');
		await suppress(dayFromNow(-2));
		const back = await audit('headers.csp');

		expect(held.document).toMatchObject({summary: {suppressed: 1}, checks: [{verdict: 'skip'}]});
		expect(back.exitCode).toBe(1);
		expect(back.document.warnings).toEqual([expect.stringContaining('ended on')]);
	});

	it('keeps a history that stops growing, for its owner alone', async () => {
		await run('headers.csp', ...site());

		const [name] = await readdir(join(cwd, '.sastaops', 'audits'));
		expect(name).toMatch(/^\d{8}T\d{9}Z-shop\.example\.json$/);
	});
});

describe('a checklist', () => {
	const checklist = (...args: string[]) => runBinary(['checklist', ...args], {cwd, env: environment()});

	it('is open until everything is answered, and says what is next', async () => {
		const {exitCode, stdout} = await checklist('launch', '--json');

		expect(JSON.parse(stdout)).toMatchObject({next: 'sastaops checklist answer real-order --by <name>'});
		expect([1, 3]).toContain(exitCode);
	});

	it('keeps what a person says, with name and date, and shows it', async () => {
		expect((await checklist('answer', 'on-call', '--by', 'Asha', '--note', 'reached')).exitCode).toBe(0);
		expect((await checklist('answer', 'legal-pages', '--by', 'Ravi', '--not')).exitCode).toBe(0);

		const {stdout} = await checklist('before');

		expect(stdout).toMatch(/on-call: Asha, \d{4}-\d\d-\d\d: reached/);
		expect(stdout).toMatch(/legal-pages: not done \(Ravi, /);
		expect((await run('runbook', '--json')).exitCode).toBe(1);
	});

	it('refuses an item nobody knows, and a list of answers it cannot read', async () => {
		const unknown = await checklist('answer', 'on-cal', '--by', 'Asha', '--json');
		await writeFile(join(cwd, 'sastaops-checklist.json'), '<<<<<<< HEAD');
		const broken = await checklist('before', '--json');

		expect(JSON.parse(unknown.stdout)).toMatchObject({exitCode: 2, error: {hint: 'Did you mean on-call?'}});
		expect(JSON.parse(broken.stdout)).toMatchObject({exitCode: 2, error: {code: 'CHECKLIST_UNREADABLE'}});
	});
});
