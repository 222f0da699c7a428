import {chmod, mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {simpleGit} from 'simple-git';
import {describe, expect, it} from 'vitest';
import {judgeAudit, parseAudit} from '../../../src/audit/checks/supply/audit.js';
import {findSecrets} from '../../../src/audit/secret-shapes.js';
import {temporaryFolder} from '../../support/folder.js';
import {auditFolder, subjectsOf, toldBy, writeFiles} from '../audit-folder.js';

const DIGEST = 'sha512-zJvmlMcUhz7Lt1aNDVhuF8vjk4JDmnSyOjpjmfCIWRF4pCkVo2LzFFfgJwSXCHSuLJmz1aU0a9jr8wgRWxqpMg==';
const lock = (packages: Readonly<Record<string, object>>, lockfileVersion = 3) =>
	JSON.stringify({name: 'shop', lockfileVersion, packages: {'': {name: 'shop'}, ...packages}});

describe('a lock file', () => {
	it.each([
		['with every digest', lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST}}), []],
		['with a folder of the repository', lock({'node_modules/a': {link: true, resolved: 'packages/a'}}), []],
		['that is missing', undefined, ['deps.lock fail']],
		['with conflict marks', '<<<<<<< HEAD', ['deps.lock fail']],
		['of version 1', lock({}, 1), ['deps.lock fail']],
		['without a digest', lock({'node_modules/a': {version: '1.0.0'}}), ['deps.lock fail']],
		[
			'with a digest of SHA-1',
			lock({'node_modules/a': {version: '1.0.0', integrity: 'sha1-AAAA'}}),
			['deps.lock fail'],
		],
		[
			'with a package from git',
			lock({'node_modules/a': {resolved: 'git+ssh://git@host/a.git#1', integrity: DIGEST}}),
			['deps.lock fail'],
		],
		[
			'with a package over http',
			lock({'node_modules/a': {resolved: 'http://host/a.tgz', integrity: DIGEST}}),
			['deps.lock fail'],
		],
		[
			'with an AGPL package',
			lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST, license: 'AGPL-3.0-only'}}),
			['deps.licences warn'],
		],
		[
			'with a choice of licences',
			lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST, license: '(GPL-2.0 OR MIT)'}}),
			[],
		],
		[
			'with a GPL tool for development',
			lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST, license: 'GPL-3.0', dev: true}}),
			[],
		],
		['with an LGPL package', lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST, license: 'LGPL-3.0'}}), []],
	])('%s', async (_, text, told) => {
		const folder = await temporaryFolder();
		await writeFiles(folder, {'package.json': '{}', ...(text === undefined ? {} : {'package-lock.json': text})});

		expect(toldBy(await auditFolder(folder, ['deps.lock', 'deps.licences', 'deps.scripts']))).toEqual(told);
	});

	it('of another package manager is skipped, not passed', async () => {
		const folder = await temporaryFolder();
		await writeFiles(folder, {'package.json': '{}', 'pnpm-lock.yaml': 'lockfileVersion: 9'});

		const {checks} = await auditFolder(folder, ['deps.lock']);

		expect(checks[0]).toMatchObject({verdict: 'skip', reason: "pnpm-lock.yaml is not read: only npm's lock file is"});
	});
});

describe('npm audit', () => {
	const REPORT = JSON.stringify({
		auditReportVersion: 2,
		vulnerabilities: {
			'left-pad': {
				severity: 'critical',
				fixAvailable: false,
				via: [{title: 'runs code', url: 'https://github.com/advisories/GHSA-x'}],
			},
			'right-pad': {severity: 'moderate', fixAvailable: true, via: ['left-pad']},
		},
		metadata: {dependencies: {prod: 7}},
	});

	it('fails for what is high or critical, warns for less, a finding for each package', () => {
		const audit = parseAudit(REPORT);

		expect(audit && judgeAudit(audit)).toMatchObject([
			{verdict: 'fail', severity: 'critical', subject: 'left-pad'},
			{verdict: 'warn', severity: 'medium', subject: 'right-pad'},
		]);
	});

	it.each(['', 'npm error', '{"message":"request failed","error":{}}'])(
		'without an answer is inconclusive: %j',
		(text) => {
			const audit = parseAudit(text) ?? {kind: 'unanswered', why: 'nothing'};

			expect(judgeAudit(audit)).toMatchObject([{verdict: 'inconclusive'}]);
		},
	);

	it('that cannot reach its registry is inconclusive', async () => {
		const folder = await temporaryFolder();
		await writeFiles(folder, {
			'package.json': '{"name":"shop","version":"1.0.0","dependencies":{"a":"1.0.0"}}',
			'package-lock.json': lock({'node_modules/a': {version: '1.0.0', integrity: DIGEST}}),
			// Nothing listens on the discard port of this machine.
			'.npmrc': 'registry=http://127.0.0.1:9/\nfetch-retries=0\n',
		});

		expect(toldBy(await auditFolder(folder, ['deps.audit']))).toEqual(['deps.audit inconclusive']);
	});
});

/** Made of parts, so that this file itself holds none. */
const HIDDEN = {
	aws: `AKIA${'QX3Z7TPLM2VJ8WKD'}`,
	github: `ghp_${'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8'}`,
	razorpay: `RAZORPAY_KEY_SECRET=${'Zx8Cv7Bn6Mq5Ws4Ed3Rf2Tg1'}`,
	mongodb: `mongodb+srv://shop:${'q7Wn2kLs'}@cluster0.ab1cd.mongodb.net/x`,
	key: `-----BEGIN ${'RSA'} PRIVATE KEY-----`,
};

describe('a secret in a text', () => {
	it.each(Object.entries(HIDDEN))('is found: %s', (_, text) => {
		expect(findSecrets(`x\nconst a = '${text}';\n`)).toEqual([{kind: expect.any(String), line: 2}]);
	});

	it.each([
		'RAZORPAY_KEY_SECRET=changeme_changeme',
		`RAZORPAY_KEY_SECRET=\${RAZORPAY_KEY_SECRET}`,
		'key_secret: process.env.RAZORPAY_KEY_SECRET',
		'RAZORPAY_KEY_ID=rzp_live_Ab3dE6gH9jK1mN',
		'mongodb://shop:password@db.internal/x',
		'mongodb://shop:q7Wn2kLs@localhost:27017/x',
		'mongodb://shop:q7Wn2kLs@db.example/x',
		`mongodb://user:\${PASSWORD}@cluster0.mongodb.net`,
		'AKIAIOSFODNN7EXAMPLE',
		`ghp_${'x'.repeat(36)}`,
		'RAZORPAY_KEY_SECRET_FILE=/etc/shop/razorpay-key-secret',
	])('is not found in %s', (text) => {
		expect(findSecrets(text)).toEqual([]);
	});
});

describe('the repository', () => {
	async function makeRepository(files: Readonly<Record<string, string>>) {
		const folder = await temporaryFolder();
		await mkdir(join(folder, 'repository'));
		const root = join(folder, 'repository');
		const git = simpleGit(root);
		await git.init(['-b', 'main']);
		await git.addConfig('user.name', 'Asha').addConfig('user.email', 'asha@shop.example');
		const commit = async (changed: Readonly<Record<string, string>>) => {
			await writeFiles(root, changed);
			await git.add('.').commit('change');
		};
		await commit({'.gitignore': '.sastaops\n', ...files});
		return {root, git, commit};
	}

	it('is searched where it is, and where it was', async () => {
		const {root, commit} = await makeRepository({
			'src/shop.js': `connect('${HIDDEN.mongodb}');\n`,
			'deploy.key': HIDDEN.key,
		});
		await commit({'deploy.key': 'gone'});

		const result = await auditFolder(root, ['secrets.repo']);

		expect(subjectsOf(result, 'secrets.repo')).toEqual([
			'src/shop.js (password in a database address)',
			'deploy.key (private key)',
		]);
		expect(result.checks[0]?.evidence).toEqual([
			'src/shop.js:1',
			expect.stringMatching(/^deploy\.key in commit [0-9a-f]{12}$/),
		]);
		expect(JSON.stringify(result)).not.toContain('q7Wn2kLs');
	});

	it('is searched on every branch, and in merges that were thrown away', async () => {
		const {root, git, commit} = await makeRepository({'a.txt': 'a'});
		await git.checkoutLocalBranch('try');
		await commit({'b.txt': HIDDEN.github});
		await git.checkout('main');

		expect(subjectsOf(await auditFolder(root, ['secrets.repo']), 'secrets.repo')).toEqual(['b.txt (GitHub token)']);
	});

	it('without a secret passes, also with pictures, links to nowhere and files of others', async () => {
		const {root} = await makeRepository({
			'a.png': HIDDEN.aws,
			'node_modules/x/index.js': HIDDEN.aws,
			'binary.dat': `\0${HIDDEN.aws}`,
		});
		await simpleGit(root).raw('add', '--force', '.');
		await chmod(join(root, 'binary.dat'), 0o000);

		const {checks} = await auditFolder(root, ['secrets.repo']);

		expect(checks[0]).toMatchObject({verdict: 'pass'});
	});

	it('that is a shallow clone is not judged to its end', async () => {
		const {root, commit} = await makeRepository({'a.txt': 'a'});
		await commit({'a.txt': 'b'});
		const clone = `${root}-shallow`;
		await simpleGit().clone(`file://${root}`, clone, ['--depth', '1']);

		const {checks} = await auditFolder(clone, ['secrets.repo']);

		expect(checks[0]).toMatchObject({verdict: 'inconclusive', reason: expect.stringContaining('fetch-depth: 0')});
	});

	it('is skipped where there is none', async () => {
		const {checks} = await auditFolder(await temporaryFolder(), ['secrets.repo']);

		expect(checks[0]).toMatchObject({verdict: 'skip'});
	});
});
