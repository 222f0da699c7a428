import {describe, expect, it, onTestFinished} from 'vitest';
import {LIMITS} from '../support/github/faults.js';
import {type GitHubServer, startGitHub} from '../support/github/server.js';
import {addRelease} from '../support/github/state.js';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const RELEASES = '/repos/{owner}/{repo}/releases';
const CREATE = ['release', 'create', '1.0.0', '--yes', '--json'];

type Scene = {
	readonly shop: ShopWorld;
	readonly github: GitHubServer;
	run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Answer>;
};
type Answer = {
	readonly exitCode: number;
	readonly outcome?: string;
	readonly error?: {readonly code: string; readonly details?: string[]};
};

async function openScene({deploys = false} = {}): Promise<Scene> {
	const release = `forge: {repository: shop/sastabazar}${deploys ? ', deploy: {command: "true"}' : ''}`;
	const shop = await makeShop({config: `release: {${release}}\n`, orders: 5});
	const github = await startGitHub({git: shop.remote});
	onTestFinished(async () => {
		expect(github.problems).toEqual([]);
		await github.close();
		await shop.close();
	});
	const run: Scene['run'] = async (args, env = {}) => {
		const {stdout, stderr} = await shop.sastaops(args, {
			GITHUB_API_URL: github.url,
			GITHUB_TOKEN: 'test-token',
			...env,
		});
		expect(stdout, stderr).not.toBe('');
		return JSON.parse(stdout) as Answer;
	};
	return {shop, github, run};
}

function published({github}: Scene) {
	return github.state.releases.map(({tag, isDraft, assets}) => ({tag, isDraft, assets: assets.length}));
}

const WHOLE = [{tag: 'v1.0.0', isDraft: false, assets: 2}];

describe('a release on GitHub', () => {
	it.each([
		['the draft was made and the answer lost', `POST ${RELEASES}`, {kind: 'lost'}],
		['the draft was made and a 502 told', `POST ${RELEASES}`, {kind: '502-after'}],
		['the draft was not made', `POST ${RELEASES}`, {kind: '502-before'}],
		['two drafts were made', `POST ${RELEASES}`, {kind: 'twice'}],
		['an upload left a starter', `POST ${RELEASES}/{release_id}/assets`, {kind: 'starter'}],
		['it was published and the answer lost', `PATCH ${RELEASES}/{release_id}`, {kind: 'lost'}],
		['GitHub had enough of us', `POST ${RELEASES}`, LIMITS.tooMany(1)],
	] as const)('ends as one whole release when %s', async (_what, route, fault) => {
		const scene = await openScene();
		scene.github.faults.add(route, fault);

		let answer = await scene.run(CREATE);
		if (answer.exitCode === 5) answer = await scene.run(['release', 'resume', '--json']);

		expect(answer).toMatchObject({exitCode: 0, outcome: 'completed'});
		expect(published(scene)).toEqual(WHOLE);
		expect(scene.github.faults.isUsedUp).toBe(true);
	});

	it('is refused before anything begins where GitHub has a release of the tag', async () => {
		const scene = await openScene();
		addRelease(scene.github.state, {tag: 'v1.0.0', body: 'ours, by hand', isDraft: true});

		const answer = await scene.run(CREATE);

		expect(answer).toMatchObject({exitCode: 4, error: {code: 'PREFLIGHT_FAILED'}});
		expect(answer.error?.details?.join('\n')).toContain('(github.free)');
	});

	it('never touches a release that somebody else makes for the tag meanwhile', async () => {
		const scene = await openScene();
		const running = scene.run(CREATE, {SASTAOPS_FAULT: 'run.begin.after=sleep:2500'});
		await expect.poll(() => scene.github.requests.length, {timeout: 20_000}).toBe(2);
		addRelease(scene.github.state, {tag: 'v1.0.0', body: 'ours, by hand', isDraft: true});

		const answer = await running;
		const aborted = await scene.run(['release', 'abort', '--yes', '--json']);

		expect(answer).toMatchObject({exitCode: 5, error: {code: 'STEP_CONFLICT'}});
		expect(aborted).toMatchObject({outcome: 'aborted'});
		expect(scene.github.state.releases).toMatchObject([{body: 'ours, by hand', isDraft: true}]);
	});

	it('records a deployment only where something was deployed', async () => {
		const [deployed, only] = [await openScene({deploys: true}), await openScene()];

		await Promise.all([deployed.run(CREATE), only.run(CREATE)]);

		expect(deployed.github.state.deployments).toMatchObject([{ref: 'v1.0.0', statuses: [{state: 'success'}]}]);
		expect(published(only)).toEqual(WHOLE);
		expect(only.github.state.deployments).toEqual([]);
	});

	it('asks GitHub little: what a step was just told it does not ask again', async () => {
		const scene = await openScene();

		await scene.run(CREATE);

		const reads = scene.github.requests.filter(({method}) => method === 'GET');
		// Repository, releases around the draft and before the publishing, and two more where the backup takes its time.
		expect(reads.length).toBeLessThanOrEqual(6);
		expect(scene.github.requests.length - reads.length).toBe(4);
	});

	it('cannot be aborted once it is published', async () => {
		const scene = await openScene({deploys: true});
		scene.github.faults.add(
			'POST /repos/{owner}/{repo}/deployments',
			{kind: 'answer', status: 500, body: {message: 'down'}},
			{times: 20},
		);
		expect(await scene.run(CREATE)).toMatchObject({exitCode: 5});

		expect(await scene.run(['release', 'abort', '--yes', '--json'])).toMatchObject({
			exitCode: 5,
			error: {code: 'ABORT_TOO_LATE'},
		});
	});

	it('is marked when it is rolled back, and the deployment to the old version recorded', async () => {
		const scene = await openScene();
		await scene.run(CREATE);
		await scene.shop.commit('feat: more');
		await scene.run(['release', 'create', '1.1.0', '--yes', '--json']);

		expect(await scene.run(['release', 'rollback', '1.0.0', '--yes', '--json'])).toMatchObject({outcome: 'completed'});

		const bodies = Object.fromEntries(scene.github.state.releases.map(({tag, body}) => [tag, body]));
		expect(bodies['v1.1.0']).toContain('**Rolled back** to 1.0.0');
		expect(bodies['v1.0.0']).not.toContain('Rolled back');
		expect(scene.github.state.deployments.at(-1)).toMatchObject({ref: 'v1.0.0', description: 'rollback to 1.0.0'});
	});

	it('leaves no draft behind when it is aborted, however many were made', async () => {
		const scene = await openScene();
		scene.github.faults.add(`POST ${RELEASES}`, {kind: 'twice'});
		await scene.shop.sastaops(CREATE, {
			GITHUB_API_URL: scene.github.url,
			GITHUB_TOKEN: 'test-token',
			SASTAOPS_FAULT: 'draft.after=kill',
		});
		expect(published(scene)).toHaveLength(2);
		expect(await scene.run(['release', 'abort', '--yes', '--json'])).toMatchObject({outcome: 'aborted'});
		expect(published(scene)).toEqual([]);
	});

	it('leaves no draft behind when a rollback ends it', async () => {
		const scene = await openScene({deploys: true});
		await scene.run(CREATE);
		await scene.shop.commit('feat: more');
		await scene.shop.sastaops(['release', 'create', '1.1.0', '--yes'], {
			GITHUB_API_URL: scene.github.url,
			GITHUB_TOKEN: 'test-token',
			SASTAOPS_FAULT: 'push.after=kill',
		});
		expect(published(scene)).toContainEqual({tag: 'v1.1.0', isDraft: true, assets: expect.any(Number)});
		expect(await scene.run(['release', 'rollback', '1.0.0', '--yes', '--json'])).toMatchObject({exitCode: 0});
		expect(published(scene)).toEqual(WHOLE);
	});

	it('is refused before anything begins without a token, or with one that may not write', async () => {
		const scene = await openScene();
		scene.github.state.canPush = false;

		const weak = await scene.run(CREATE);
		const none = await scene.shop.sastaops(CREATE, {GITHUB_API_URL: scene.github.url});

		for (const answer of [weak, JSON.parse(none.stdout) as Answer])
			expect(answer).toMatchObject({exitCode: 4, error: {code: 'PREFLIGHT_FAILED'}});
		expect(weak.error?.details?.join('\n')).toContain('(github.permission)');
		expect(none.stdout).toContain('(github.token)');
		expect(scene.github.state.releases).toEqual([]);
	});
});
