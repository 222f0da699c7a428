import {describe, expect, it} from 'vitest';
import {RUN_CHECKS} from '../../../src/release/checks/run-checks.js';
import type {ReleaseFacts} from '../../../src/release/facts/gather.js';

const file = (path: string, bytes = 1) => ({path, bytes});

function judgeAssets(assets: ReleaseFacts['assets']) {
	const check = RUN_CHECKS.find(({id}) => id === 'release.assets');
	return check?.judge({assets} as ReleaseFacts, {} as never);
}

describe('the files to attach', () => {
	it.each([
		['exist under names of their own', [{pattern: 'dist/*', files: [file('dist/a.js'), file('dist/b.js')]}], 'pass'],
		[
			'may match two patterns',
			[
				{pattern: 'a', files: [file('a')]},
				{pattern: '*', files: [file('a')]},
			],
			'pass',
		],
		['are missing', [{pattern: 'dist/*', files: []}], 'fail'],
		['are too large for GitHub', [{pattern: 'a', files: [file('a', 2 ** 31)]}], 'fail'],
		['would replace each other', [{pattern: '**/app.js', files: [file('a/app.js'), file('b/app.js')]}], 'fail'],
	])('%s', (_title, assets, verdict) => {
		expect(judgeAssets(assets)?.verdict).toBe(verdict);
	});
});
