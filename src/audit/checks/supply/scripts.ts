import {join} from 'node:path';
import {readIfThere} from '../../../kernel/read-if-there.js';
import {makeCheck} from '../../check.js';
import {type LockFile, readLockFile} from '../../facts/lock-file.js';
import type {Finding} from '../../verdict.js';
import {nameOf} from './lock.js';

export const supplyScripts = makeCheck<{readonly lock: LockFile; readonly areIgnored: boolean}>({
	id: 'deps.scripts',
	group: 'supply',
	title: 'Which packages run code when they are installed is known',
	severity: 'info',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	why: 'Most stolen packages of npm did their work in an install script, with the rights of whoever typed npm install.',
	fix: 'install with npm ci --ignore-scripts, and run the scripts that are needed by name',
	references: ['npm documentation, ignore-scripts'],
	async gather(context) {
		const [lock, settings] = await Promise.all([
			readLockFile(context),
			readIfThere(join(context.loaded.root, '.npmrc')),
		]);
		return {lock, areIgnored: /^\s*ignore-scripts\s*=\s*true\s*$/m.test(settings ?? '')};
	},
	judge: judgeScripts,
});

export function judgeScripts({lock, areIgnored}: {readonly lock: LockFile; readonly areIgnored: boolean}): Finding {
	if (lock.kind !== 'npm') return {verdict: 'skip', reason: 'there is no lock file of npm'};
	const names = lock.packages
		.filter(({hasInstallScript, dev}) => hasInstallScript === true && dev !== true)
		.map(nameOf);
	if (names.length === 0) return {verdict: 'pass', reason: 'no package of production runs code when it is installed'};
	return {
		verdict: 'pass',
		reason: areIgnored ? 'install scripts are ignored' : 'some packages of production run code when they are installed',
		evidence: names,
	};
}
