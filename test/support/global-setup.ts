import {execFileSync} from 'node:child_process';

/** Builds the binary once, before any test. */
export async function setup(): Promise<void> {
	execFileSync(process.execPath, ['scripts/build.mjs'], {stdio: 'inherit'});
}
