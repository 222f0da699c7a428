// Every figure README states, one bench after the other: node bench/all.mjs
import {spawnSync} from 'node:child_process';
import {fileURLToPath} from 'node:url';

for (const name of [
	'startup',
	'verify',
	'backup',
	'release-alone',
	'release-whole',
	'scrape',
	'app-read',
	'app-arrivals',
	'app-boot',
	'gateway',
	'audit',
	'load',
]) {
	console.log(`\n${name}`);
	const {status} = spawnSync(process.execPath, [fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))], {
		stdio: 'inherit',
	});
	if (status !== 0) process.exitCode = 1;
}
