// Deploys: tells the machine which version to run, and waits until it answers. `sastaops release` calls this.
import {renameSync, writeFileSync} from 'node:fs';
import {resolve} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';

const url = process.argv[2];
const {SASTAOPS_VERSION: version, SASTAOPS_COMMIT: commit} = process.env;
const wanted = resolve('../production/wanted.json');

writeFileSync(`${wanted}.new`, JSON.stringify({version, commit, config: resolve('sastaops.yaml')}));
renameSync(`${wanted}.new`, wanted);

for (let tries = 0; tries < 300; tries++) {
	const health = await fetch(`${url}/api/health`).then(
		(response) => response.json(),
		() => undefined,
	);
	if (health?.version === version) process.exit(0);
	await sleep(100);
}
process.stderr.write(`The shop does not answer as ${version} within 30 seconds\n`);
process.exitCode = 1;
