import {execFileSync} from 'node:child_process';
import {existsSync, readdirSync, statSync} from 'node:fs';
import {mkdtemp} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {TestProject} from 'vitest/node';
import {startDatabase} from '../../src/local/database.js';
import {makeTestHost} from './host.js';

declare module 'vitest' {
	export interface ProvidedContext {
		mongoUri: string;
	}
}

/** Builds the binary and starts the one MongoDB server of this run, before any test. The result ends the server. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
	if (!isBuildFresh()) execFileSync('npm', ['run', '--silent', 'build'], {stdio: 'inherit'});
	const database = await startDatabase(makeTestHost(), {
		storagePath: await mkdtemp(join(tmpdir(), 'sastaops-test-mongo-')),
		// A name of its own, so that nobody's MONGODB_URI is ever tested against by accident.
		uri: process.env['SASTAOPS_TEST_MONGODB_URI'],
		testCommands: true,
		ephemeral: true,
	});
	project.provide('mongoUri', database.uri);
	return database.stop;
}

/** Rebuilding what is fresh would pull the binary away from a test run beside this one. */
function isBuildFresh(): boolean {
	if (!existsSync('dist/start.js') || !existsSync('dist/types/api.d.ts')) return false;
	const builtAt = statSync('dist/start.js').mtimeMs;
	const sources = ['package-lock.json', 'scripts/build.mjs', ...filesBelow('src')];
	return sources.every((file) => statSync(file).mtimeMs < builtAt);
}

function filesBelow(folder: string): string[] {
	return readdirSync(folder, {recursive: true, withFileTypes: true})
		.filter((entry) => entry.isFile())
		.map((entry) => join(entry.parentPath, entry.name));
}
