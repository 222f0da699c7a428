import {type AuditOptions, openAudit} from '../../../src/audit/audit.js';
import type {AuditResult} from '../../../src/audit/result.js';
import {loadConfig} from '../../../src/kernel/config/load.js';
import type {Host} from '../../../src/kernel/host.js';
import {makeTestHost} from '../host.js';

/** An audit in this process, as `sastaops audit` opens it, with the configuration of the folder and no other environment. */
export async function runAudit(
	options: Partial<AuditOptions> & Pick<AuditOptions, 'words'>,
	cwd: string,
	env: Host['env'] = {},
): Promise<AuditResult> {
	const host = makeTestHost({cwd, env});
	const audit = await openAudit(
		{
			loaded: await loadConfig(host),
			domain: undefined,
			api: undefined,
			httpPort: undefined,
			rules: [],
			family: undefined,
			proxy: undefined,
			allowPrivate: false,
			caFiles: [],
			headers: {},
			permissions: {active: false, staging: false, knowsItIsLive: false},
			budget: 1000,
			perSecond: undefined,
			failOn: undefined,
			version: '0.0.0',
			...options,
		},
		host,
	);
	return audit.run();
}

/** Ids of the checks that failed or warned, sorted. */
export function foundIn({checks}: AuditResult): string[] {
	return checks
		.filter(({verdict}) => verdict === 'fail' || verdict === 'warn')
		.map(({id, verdict}) => `${verdict} ${id}`)
		.sort();
}

/** What could not be judged, with why: a test says it when it fails. */
export function inconclusiveIn({checks}: AuditResult): string[] {
	return checks.filter(({verdict}) => verdict === 'inconclusive').map(({id, reason}) => `${id}: ${reason}`);
}
