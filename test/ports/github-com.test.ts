import nock from 'nock';
import {afterAll, expect, it} from 'vitest';
import {openGitHub} from '../../src/ports/github.js';
import {makeTestHost} from '../support/host.js';

afterAll(() => {
	nock.cleanAll();
	nock.restore();
});

it('asks github.com where no other address is given, and leaves a second between writes', async () => {
	nock.disableNetConnect();
	const api = nock('https://api.github.com', {
		reqheaders: {authorization: 'token test-token', 'user-agent': /sastaops/},
	});
	const reply = {
		...{id: 1, tag_name: 'v1', name: 'x', body: '', draft: true, prerelease: false, assets: []},
		html_url: 'https://github.com/x',
		upload_url: 'https://uploads.github.com/x',
	};
	api.patch('/repos/shop/sastabazar/releases/1').twice().reply(200, reply);
	const slept: number[] = [];
	const host = makeTestHost({sleep: async (ms) => void slept.push(ms)});
	const github = openGitHub({token: 'test-token', repository: 'shop/sastabazar'}, host);

	await github.updateRelease(1, {name: 'x'});
	await github.updateRelease(1, {name: 'x'});

	expect(api.isDone()).toBe(true);
	expect(slept).toHaveLength(1);
	expect(slept[0]).toBeGreaterThan(500);
});
