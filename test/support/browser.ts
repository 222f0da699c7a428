import {existsSync} from 'node:fs';
import {type Browser, chromium} from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/**
 * Where the browser of this machine is, so that a suite can skip itself by name: `describe.skipIf(browserPath() === undefined)`.
 * @throws in CI, where skipping would hide a hole
 */
export function browserPath(): string | undefined {
	const path = process.env['CHROMIUM'] ?? PLACES.find((place) => existsSync(place));
	if (path === undefined && process.env['CI']) throw new Error('chromium is missing: run "npm run stack" first');
	return path;
}

export function startBrowser(): Promise<Browser> {
	return chromium.launch({executablePath: browserPath() ?? '', args: ['--no-sandbox', '--disable-dev-shm-usage']});
}
