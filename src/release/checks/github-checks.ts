import {fail, inconclusive, PASS, type PreflightCheck, skip} from './check.js';

const OFF = 'no GitHub release is made; set release.forge.repository to have one';

export const GITHUB_CHECKS: readonly PreflightCheck[] = [
	{
		id: 'github.token',
		title: 'There is a GitHub token',
		judge({github}) {
			if (!github) return skip(OFF);
			return github.hasToken
				? PASS
				: fail(
						'none of SASTAOPS_GITHUB_TOKEN, GH_TOKEN and GITHUB_TOKEN is set',
						'Set one that may write contents and deployments, or leave GitHub out: --no-github',
					);
		},
	},
	{
		id: 'github.permission',
		title: 'The token may make releases',
		judge({github}) {
			if (!github) return skip(OFF);
			if (github.error !== undefined) return fail(github.error, github.hint);
			if (github.canPush === undefined) return inconclusive('there is no token to ask with');
			return github.canPush
				? PASS
				: fail(`the token may not write to ${github.repository}`, 'Give it "contents: write" and "deployments: write"');
		},
	},
];
