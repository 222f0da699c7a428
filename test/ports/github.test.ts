import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {execa} from 'execa';
import {afterEach, beforeEach, describe, expect, it, onTestFinished} from 'vitest';
import {type GitHub, type GitHubRelease, type GitHubTerms, openGitHub} from '../../src/ports/github.js';
import {type Fault, LIMITS} from '../support/github/faults.js';
import {type GitHubServer, type GitHubServerOptions, startGitHub} from '../support/github/server.js';
import {addRelease} from '../support/github/state.js';
import {makeTestHost, type TestHost} from '../support/host.js';

const REPO = '/repos/{owner}/{repo}';
const MARKER = '<!-- sastaops:run-1 -->';
const DRAFT = {
	tag: 'v1.2.0',
	target: 'main',
	name: 'Shop 1.2.0',
	body: `notes\n${MARKER}\n`,
	marker: MARKER,
	isPrerelease: false,
};

let server: GitHubServer;
let host: TestHost & {readonly slept: number[]};

beforeEach(async () => {
	server = await startGitHub();
	const slept: number[] = [];
	// Waits are told, not waited.
	host = Object.assign(makeTestHost({sleep: async (ms) => void slept.push(ms)}), {slept});
});
afterEach(async () => {
	await server.close();
	expect(server.problems).toEqual([]);
	expect(server.faults.isUsedUp, 'a fault that never happened proves nothing').toBe(true);
});

function open(terms: Partial<GitHubTerms> = {}): GitHub {
	return openGitHub({token: 'test-token', repository: 'shop/sastabazar', baseUrl: server.url, ...terms}, host);
}

/** The server of this test, started with other options. */
async function restart(options: GitHubServerOptions): Promise<void> {
	await server.close();
	server = await startGitHub(options);
}

const count = (method: string, route: string) =>
	server.requests.filter((request) => request.method === method && request.route === REPO + route).length;

describe('the repository', () => {
	it.each([true, false])('tells whether we may push: %s', async (canPush) => {
		server.state.canPush = canPush;
		expect(await open().readRepository()).toMatchObject({canPush, url: expect.stringContaining('/shop/sastabazar')});
	});
});

describe('refusals', () => {
	const forbidden = {
		kind: 'answer',
		status: 403,
		body: {message: 'Resource not accessible by integration'},
		headers: {'x-accepted-github-permissions': 'contents=write'},
	} as const;

	it.each([
		['a bad token', {token: 'another-token'}, undefined, 'GITHUB_AUTH', /GITHUB_TOKEN/],
		['a repository that is not there', {repository: 'shop/other'}, undefined, 'GITHUB_NOT_FOUND', /repository/],
		['a missing permission', {}, forbidden, 'GITHUB_FORBIDDEN', /contents: write/],
		['a conflict', {}, {kind: 'answer', status: 409, body: {message: 'Conflict'}}, 'GITHUB_CONFLICT', undefined],
		[
			'a request it does not like',
			{},
			{
				kind: 'answer',
				status: 422,
				body: {
					message: 'Validation Failed',
					documentation_url: 'https://docs.github.com',
					errors: [{resource: 'Release', code: 'custom', field: 'x', message: 'bad'}],
				},
			},
			'GITHUB_REFUSED',
			undefined,
		],
		['something else', {}, {kind: 'answer', status: 451, body: {message: 'Unavailable'}}, 'GITHUB_REFUSED', undefined],
	] as const)('names %s, at once and for good', async (_name, terms, fault, code, hint) => {
		if (fault) server.faults.add(`GET ${REPO}`, fault as Fault);
		const failed = open(terms).readRepository();
		await expect(failed).rejects.toMatchObject({
			code,
			exitCode: 6,
			...(hint ? {hint: expect.stringMatching(hint)} : {}),
		});
		expect(server.requests).toHaveLength(1);
		expect(host.slept).toEqual([]);
	});

	it('never tells the token', async () => {
		const error = await open({token: 'ghx-secret-token'})
			.readRepository()
			.catch((thrown: unknown) => thrown);
		expect(JSON.stringify(error) + String((error as Error).stack)).not.toContain('ghx-secret-token');
		expect(host.redact('Bearer ghx-secret-token')).not.toContain('ghx-secret-token');
	});
});

describe('limits and broken answers of a read', () => {
	it.each([
		['429', LIMITS.tooMany(7), [7000]],
		['a secondary limit that tells how long', LIMITS.secondary(20), [20_000]],
		['a secondary limit that does not', LIMITS.secondary(), [60_000]],
	] as const)('waits out %s', async (_name, fault, slept) => {
		server.faults.add(`GET ${REPO}`, fault);
		await open().readRepository();
		expect(host.slept).toEqual(slept);
		expect(host.events).toContainEqual(
			expect.objectContaining({type: 'log', message: expect.stringContaining('Waiting')}),
		);
	});

	it('waits for the hour to turn, by the server’s clock', async () => {
		server.faults.add(`GET ${REPO}`, LIMITS.primary(90));
		await open().readRepository();
		expect(host.slept[0]).toBeGreaterThan(85_000);
		expect(host.slept[0]).toBeLessThanOrEqual(91_000);
	});

	it('gives up where it would wait longer, in all, than it may', async () => {
		server.faults.add(`GET ${REPO}`, LIMITS.tooMany(40), {times: 2});
		await expect(open({maxWaitMs: 60_000}).readRepository()).rejects.toMatchObject({
			code: 'GITHUB_RATE_LIMITED',
			exitCode: 6,
		});
		expect(host.slept).toEqual([40_000]);
	});

	it.each(['cut', 'lost', '502-before'] as const)('asks again after "%s", with growing pauses', async (kind) => {
		server.faults.add(`GET ${REPO}`, {kind}, {times: 3});
		expect((await open().readRepository()).canPush).toBe(true);
		const [first = 0, second = 0, third = 0] = host.slept;
		expect(first).toBeGreaterThanOrEqual(1000);
		expect(second).toBeGreaterThan(first);
		expect(third).toBeGreaterThan(second);
	});

	it.each([
		['502-before', 'GITHUB_FAILED'],
		['cut', 'GITHUB_UNREACHABLE'],
	] as const)('ends after four tries of "%s" as %s', async (kind, code) => {
		server.faults.add(`GET ${REPO}`, {kind}, {times: 4});
		await expect(open().readRepository()).rejects.toMatchObject({code, exitCode: 6});
		expect(server.requests).toHaveLength(4);
	});

	it('is stopped while it waits', async () => {
		const stop = new AbortController();
		const reason = new Error('stop');
		host = Object.assign(makeTestHost({signal: stop.signal, sleep: async () => stop.abort(reason)}), {slept: []});
		server.faults.add(`GET ${REPO}`, LIMITS.tooMany(5));
		await expect(open().readRepository()).rejects.toBe(reason);
		expect(server.requests).toHaveLength(1);
	});

	it('does not hang with a server that hangs', async () => {
		const stop = new AbortController();
		host = Object.assign(makeTestHost({signal: stop.signal}), {slept: []});
		server.faults.add(`GET ${REPO}`, {kind: 'hang'});
		const asked = open().readRepository();
		await expect.poll(() => server.requests.length).toBe(1);
		stop.abort(new Error('stop'));
		await expect(asked).rejects.toThrow('stop');
	});
});

describe('finding a release', () => {
	it('reads every page: a draft on page two is found', async () => {
		addRelease(server.state, {tag: 'v1.2.0', isDraft: true, body: MARKER});
		for (let n = 0; n < 130; n++) addRelease(server.state, {tag: `v0.${n}.0`});
		expect(await open().listReleases()).toHaveLength(131);
		expect((await open().findRelease('v1.2.0', MARKER)).kind).toBe('ours');
	});

	it.each([
		{name: 'nothing', releases: [], expected: 'none'},
		{name: 'another tag', releases: [{tag: 'v1.2.00', body: MARKER}], expected: 'none'},
		{name: 'our draft', releases: [{tag: 'v1.2.0', isDraft: true, body: MARKER}], expected: 'ours'},
		{name: 'ours, published', releases: [{tag: 'v1.2.0', body: MARKER}], expected: 'ours'},
		{name: 'their draft', releases: [{tag: 'v1.2.0', isDraft: true}], expected: 'foreign'},
		{name: 'theirs, published', releases: [{tag: 'v1.2.0'}], expected: 'foreign'},
		{
			name: 'our draft beside theirs',
			releases: [
				{tag: 'v1.2.0', isDraft: true},
				{tag: 'v1.2.0', isDraft: true, body: MARKER},
			],
			expected: 'ours',
		},
		{
			name: 'our draft beside theirs, published',
			releases: [{tag: 'v1.2.0'}, {tag: 'v1.2.0', isDraft: true, body: MARKER}],
			expected: 'foreign',
		},
		{
			name: 'another run’s draft',
			releases: [{tag: 'v1.2.0', isDraft: true, body: '<!-- sastaops:run-2 -->'}],
			expected: 'foreign',
		},
	])('$name is $expected', async ({releases, expected}) => {
		for (const release of releases) addRelease(server.state, release);
		expect((await open().findRelease('v1.2.0', MARKER)).kind).toBe(expected);
	});

	it('reads a published release by its tag, and no draft', async () => {
		addRelease(server.state, {tag: 'shop/v1', body: 'x'});
		addRelease(server.state, {tag: 'v2', isDraft: true});
		expect(await open().readPublished('shop/v1')).toMatchObject({tag: 'shop/v1', isDraft: false});
		expect(await open().readPublished('v2')).toBeUndefined();
		expect(await open().readPublished('v3')).toBeUndefined();
	});
});

describe('creating a draft', () => {
	const drafts = () => server.state.releases.filter(({tag}) => tag === 'v1.2.0');

	it('creates it, and passes its points', async () => {
		const points: string[] = [];
		host = Object.assign(makeTestHost({fault: async (point) => void points.push(point)}), {slept: []});
		const release = await open().createDraft({...DRAFT, isPrerelease: true});
		expect(release).toMatchObject({tag: 'v1.2.0', isDraft: true, isPrerelease: true, name: 'Shop 1.2.0', assets: []});
		expect(points).toEqual(['github.draft.before', 'github.draft.after']);
	});

	it('creates none beside one of ours', async () => {
		const {id} = await open().createDraft(DRAFT);
		expect((await open().createDraft(DRAFT)).id).toBe(id);
		expect(drafts()).toHaveLength(1);
	});

	it.each(['lost', '502-after', 'cut', '502-before'] as const)('ends with exactly one after "%s"', async (kind) => {
		server.faults.add(`POST ${REPO}/releases`, {kind});
		const release = await open().createDraft(DRAFT);
		expect(drafts().map(({id}) => id)).toEqual([release.id]);
		expect(count('POST', '/releases')).toBe(kind === 'lost' || kind === '502-after' ? 1 : 2);
	});

	it('finds what a lost answer hid on page two', async () => {
		server.faults.add(`POST ${REPO}/releases`, {kind: 'lost'});
		const creating = open().createDraft(DRAFT);
		await expect.poll(() => drafts().length).toBe(1);
		for (let n = 0; n < 101; n++) addRelease(server.state, {tag: `v0.${n}.0`});
		await creating;
		expect(drafts()).toHaveLength(1);
	});

	it('waits out a limit, which is no lost answer', async () => {
		server.faults.add(`POST ${REPO}/releases`, LIMITS.secondary(30));
		await open().createDraft(DRAFT);
		expect(host.slept).toEqual([30_000]);
		expect(drafts()).toHaveLength(1);
	});

	it('gives up when no answer ever comes', async () => {
		server.faults.add(`POST ${REPO}/releases`, {kind: 'cut'}, {times: 4});
		await expect(open().createDraft(DRAFT)).rejects.toMatchObject({code: 'GITHUB_UNREACHABLE', exitCode: 6});
		expect(drafts()).toEqual([]);
	});

	it('takes away its own newer duplicates, and nothing of others', async () => {
		server.faults.add(`POST ${REPO}/releases`, {kind: 'twice'});
		const theirs = addRelease(server.state, {tag: 'v1.3.0', isDraft: true, body: 'by hand'});
		const github = open();
		await github.createDraft(DRAFT);
		const [first, ...duplicates] = drafts();
		expect(duplicates).toHaveLength(1);
		await github.deleteDuplicates(DRAFT.tag, DRAFT.marker);
		expect(drafts()).toEqual([first]);
		expect(await github.findRelease(DRAFT.tag, DRAFT.marker)).toMatchObject({kind: 'ours', release: {id: first?.id}});
		expect(server.state.releases).toContain(theirs);
	});

	it.each([true, false])(
		'refuses a tag that somebody else’s release has (draft: %s), and leaves it untouched',
		async (isDraft) => {
			const theirs = structuredClone(addRelease(server.state, {tag: 'v1.2.0', isDraft, body: 'by hand'}));
			await expect(open().createDraft(DRAFT)).rejects.toMatchObject({code: 'RELEASE_TAKEN', exitCode: 4});
			expect(server.state.releases).toEqual([theirs]);
		},
	);

	it('takes GitHub’s own "already exists" for the same', async () => {
		server.faults.add(`POST ${REPO}/releases`, {
			kind: 'answer',
			status: 422,
			body: {
				message: 'Validation Failed',
				documentation_url: 'https://docs.github.com',
				errors: [{resource: 'Release', code: 'already_exists', field: 'tag_name'}],
			},
		});
		await expect(open().createDraft(DRAFT)).rejects.toMatchObject({code: 'RELEASE_TAKEN'});
	});

	it('says that a tag was used up by an immutable release', async () => {
		server.state.burntTags.add('v1.2.0');
		await expect(open().createDraft(DRAFT)).rejects.toMatchObject({code: 'GITHUB_IMMUTABLE', exitCode: 6});
	});

	it('does not look into drafts that it may not see', async () => {
		server.state.canPush = false;
		await expect(open().createDraft(DRAFT)).rejects.toMatchObject({
			code: 'GITHUB_FORBIDDEN',
			hint: expect.stringContaining('contents: write'),
		});
	});
});

describe('attaching files', () => {
	const FILE = {name: 'notes.md', content: Buffer.from('# 1.2.0'), contentType: 'text/markdown'};
	const UPLOAD = `POST ${REPO}/releases/{release_id}/assets`;
	let release: GitHubRelease;
	beforeEach(async () => {
		release = await open().createDraft(DRAFT);
	});
	const assets = () => server.state.releases.find(({id}) => id === release.id)?.assets ?? [];

	it('sends the bytes to where the release says, and passes its points', async () => {
		const points: string[] = [];
		host = Object.assign(makeTestHost({fault: async (point) => void points.push(point)}), {slept: []});
		expect(await open().uploadAsset({release, ...FILE})).toMatchObject({name: 'notes.md', size: 7, state: 'uploaded'});
		expect(assets()).toMatchObject([{name: 'notes.md', contentType: 'text/markdown', content: FILE.content}]);
		expect(points).toEqual(['github.asset.before', 'github.asset.after']);
		expect(release.uploadUrl).toContain('/api/uploads/');
	});

	it('does not send what is there already', async () => {
		await open().uploadAsset({release, ...FILE});
		await open().uploadAsset({release, ...FILE});
		expect(count('POST', '/releases/{release_id}/assets')).toBe(1);
	});

	it.each(['lost', '502-after', 'cut', '502-before', 'starter'] as const)(
		'ends with the whole file, once, after "%s"',
		async (kind) => {
			server.faults.add(UPLOAD, {kind});
			await open().uploadAsset({release, ...FILE});
			expect(assets()).toMatchObject([{state: 'uploaded', content: FILE.content}]);
		},
	);

	it('replaces what a broken upload or another content has left in our draft', async () => {
		await open().uploadAsset({release, ...FILE, content: Buffer.from('# 1.2.1')});
		await open().uploadAsset({release, ...FILE});
		expect(assets()).toMatchObject([{content: FILE.content}]);
	});

	it('sends again what the server cannot prove to be the same', async () => {
		server.state.hasDigests = false;
		await open().uploadAsset({release, ...FILE});
		await open().uploadAsset({release, ...FILE});
		expect(count('POST', '/releases/{release_id}/assets')).toBe(2);
		expect(assets()).toHaveLength(1);
	});

	it('finds a file again whose name GitHub would have changed', async () => {
		const odd = {...FILE, name: '.shop notes (final).md'};
		expect((await open().uploadAsset({release, ...odd})).name).toBe('shop.notes.final.md');
		await open().uploadAsset({release, ...odd});
		expect(count('POST', '/releases/{release_id}/assets')).toBe(1);
	});

	it('takes an empty file, and one of some megabytes', async () => {
		const large = Buffer.alloc(5_000_000, 'sastaops');
		await open().uploadAsset({release, ...FILE, name: 'empty', content: Buffer.alloc(0)});
		await open().uploadAsset({release, ...FILE, name: 'large', content: large});
		expect(assets().map(({name, content}) => [name, content.byteLength])).toEqual([
			['empty', 0],
			['large', 5_000_000],
		]);
	});

	it('changes nothing of a published release', async () => {
		await open().uploadAsset({release, ...FILE});
		const published = await open().publish(release.id);
		await expect(
			open().uploadAsset({release: published, ...FILE, content: Buffer.from('other')}),
		).rejects.toMatchObject({code: 'ASSET_DIFFERS', exitCode: 4});
		expect(assets()).toMatchObject([{content: FILE.content}]);
	});

	it('names an immutable release as the reason', async () => {
		server.state.isImmutable = true;
		const published = await open().publish(release.id);
		expect(published.isImmutable).toBe(true);
		await expect(open().uploadAsset({release: published, ...FILE})).rejects.toMatchObject({code: 'GITHUB_IMMUTABLE'});
	});
});

describe('publishing', () => {
	let release: GitHubRelease;
	beforeEach(async () => {
		release = await open().createDraft(DRAFT);
	});
	const PATCH = `PATCH ${REPO}/releases/{release_id}`;

	it('publishes, passes its points, and a second time finds it done', async () => {
		const points: string[] = [];
		host = Object.assign(makeTestHost({fault: async (point) => void points.push(point)}), {slept: []});
		expect((await open().publish(release.id)).isDraft).toBe(false);
		await open().publish(release.id);
		expect(count('PATCH', '/releases/{release_id}')).toBe(1);
		expect(points.slice(0, 2)).toEqual(['github.publish.before', 'github.publish.after']);
		expect(server.requests.find(({method}) => method === 'PATCH')?.body).toEqual({draft: false, make_latest: 'legacy'});
	});

	it.each(['lost', '502-after', 'cut', '502-before'] as const)('is published once after "%s"', async (kind) => {
		server.faults.add(PATCH, {kind});
		expect((await open().publish(release.id)).isDraft).toBe(false);
		expect(count('PATCH', '/releases/{release_id}')).toBe(kind === 'lost' || kind === '502-after' ? 1 : 2);
	});

	it('refuses where somebody has published the tag meanwhile', async () => {
		addRelease(server.state, {tag: 'v1.2.0', body: 'by hand'});
		await expect(open().publish(release.id)).rejects.toMatchObject({code: 'RELEASE_TAKEN'});
	});

	it('changes name and notes of a published release, an immutable one as well', async () => {
		server.state.isImmutable = true;
		await open().publish(release.id);
		server.faults.add(PATCH, {kind: 'lost'});
		expect(await open().updateRelease(release.id, {body: 'rolled back'})).toMatchObject({
			body: 'rolled back',
			name: 'Shop 1.2.0',
			isDraft: false,
		});
	});
});

describe('deleting a draft', () => {
	it.each(['lost', 'cut', '502-after'] as const)('deletes ours, also after "%s"', async (kind) => {
		const {id} = await open().createDraft(DRAFT);
		server.faults.add(`DELETE ${REPO}/releases/{release_id}`, {kind});
		expect(await open().deleteDraft(id, MARKER)).toBe(true);
		expect(server.state.releases).toEqual([]);
		expect(await open().deleteDraft(id, MARKER)).toBe(false);
	});

	it.each([
		['a draft of somebody else', {isDraft: true, body: 'by hand'}],
		['a release that is published', {isDraft: false, body: MARKER}],
	])('leaves %s alone', async (_name, rest) => {
		const {id} = addRelease(server.state, {tag: 'v1.2.0', ...rest});
		expect(await open().deleteDraft(id, MARKER)).toBe(false);
		expect(server.state.releases).toHaveLength(1);
	});
});

describe('deployments', () => {
	const REQUEST = {
		ref: 'v1.2.0',
		environment: 'production',
		run: 'run-1',
		description: 'Shop 1.2.0',
		payload: {backup: 'sha256'},
	};
	const POST = `POST ${REPO}/deployments`;

	it.each(['lost', '502-after', 'cut', '502-before'] as const)('records one after "%s"', async (kind) => {
		server.faults.add(POST, {kind});
		const {id} = await open().createDeployment(REQUEST);
		expect(server.state.deployments.map((deployment) => deployment.id)).toEqual([id]);
		expect(server.state.deployments[0]?.payload).toEqual({run: 'run-1', backup: 'sha256'});
	});

	it.each([true, false])('is found by its run, with its last state (payload as text: %s)', async (hasTextPayloads) => {
		server.state.hasTextPayloads = hasTextPayloads;
		await open().createDeployment({...REQUEST, run: 'run-0'});
		const {id} = await open().createDeployment(REQUEST);
		expect(await open().findDeployment('run-1', 'production')).toEqual({id, state: undefined});
		await open().setDeploymentStatus(id, 'in_progress', 'going');
		await open().setDeploymentStatus(id, 'success', 'live');
		expect(await open().findDeployment('run-1', 'production')).toEqual({id, state: 'success'});
		expect(await open().findDeployment('run-1', 'staging')).toBeUndefined();
	});

	it.each(['lost', 'cut'] as const)('sets a state once after "%s"', async (kind) => {
		const {id} = await open().createDeployment(REQUEST);
		server.faults.add(`${POST}/{deployment_id}/statuses`, {kind});
		await open().setDeploymentStatus(id, 'success', 'x'.repeat(300));
		expect(server.state.deployments[0]?.statuses).toMatchObject([{state: 'success', description: 'x'.repeat(140)}]);
	});

	it('passes its points', async () => {
		const points: string[] = [];
		host = Object.assign(makeTestHost({fault: async (point) => void points.push(point)}), {slept: []});
		await open().createDeployment(REQUEST);
		expect(points).toEqual(['github.deployment.before', 'github.deployment.after']);
	});
});

describe('with the git repository behind it', () => {
	it('names a ref that was never pushed, and deploys one that was', async () => {
		const folder = await mkdtemp(join(tmpdir(), 'sastaops-github-'));
		onTestFinished(() => rm(folder, {recursive: true, force: true}));
		const git = (...args: string[]) =>
			execa('git', ['-c', 'user.name=t', '-c', 'user.email=t@shop.example', ...args], {cwd: folder});
		await git('init', '--quiet', '--bare', '.');
		const tree = (await git('write-tree')).stdout;
		const commit = (await git('commit-tree', tree, '-m', 'first')).stdout;
		await git('update-ref', 'refs/heads/main', commit);
		await restart({git: folder});
		const request = {ref: 'v1.2.0', environment: 'production', run: 'run-1', description: '', payload: {}};

		await expect(open().createDeployment(request)).rejects.toMatchObject({
			code: 'GITHUB_REFUSED',
			message: expect.stringContaining('No ref found'),
		});
		await git('tag', '-a', '-m', 'x', 'v1.2.0', commit);
		await open().createDeployment(request);
		expect(server.state.deployments[0]?.sha).toBe(commit);
	});
});
