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
	{
		id: 'github.free',
		title: 'GitHub has no release of the tag',
		judge({github, tag}) {
			if (!github) return skip(OFF);
			if (github.releases === undefined || tag === undefined)
				return inconclusive(tag === undefined ? 'no version could be chosen' : 'GitHub could not be asked');
			const taken = github.releases.find((release) => release.tag === tag);
			return taken
				? fail(
						`there is a ${taken.isDraft ? 'draft' : 'release'} ${tag} already: ${taken.url}`,
						'Look at it; then delete it, or release another version',
					)
				: PASS;
		},
	},
];
