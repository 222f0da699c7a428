import {defineConfig} from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/**/*.test.ts'],
		globalSetup: ['test/support/global-setup.ts'],
		// Whole sweeps try hundreds of cases in one test.
		testTimeout: process.env['SASTAOPS_TEST_FULL'] === undefined ? 60_000 : 1_200_000,
		hookTimeout: 120_000,
		pool: 'forks',
		// No module of ours keeps state, so test files of one worker share what they import.
		isolate: false,
		maxWorkers: 3,
		// Real servers and processes share the cores of a CI runner: what fails there is tried once more, and the reporter says so.
		retry: process.env['CI'] === undefined ? 0 : 1,
	},
});
