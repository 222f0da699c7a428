import {runProcess} from '../../../ports/process.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {type LockFile, readLockFile} from '../../facts/lock-file.js';
import type {Finding, Severity} from '../../verdict.js';

/** What `npm audit --json` says of one package. */
export type Vulnerability = {
	readonly name: string;
	readonly severity: Severity;
	/** Whether a version without it exists within what the package allows. */
	readonly hasFix: boolean;
	readonly titles: readonly string[];
};

export type DependencyAudit =
	| {readonly kind: 'none'; readonly why: string}
	| {readonly kind: 'unanswered'; readonly why: string}
	| {readonly kind: 'answered'; readonly vulnerabilities: readonly Vulnerability[]; readonly packages: number};

const TIMEOUT_MS = 60_000;

export const supplyAudit = makeCheck<DependencyAudit>({
	id: 'deps.audit',
	group: 'supply',
	title: 'No package of production has a known hole',
	severity: 'high',
	effect: 'local',
	maxRequests: 0,
	sends: ['npm audit: names and versions of the packages, to the registry that npm is set to'],
	why: 'A hole that has a number is tried on every shop within days.',
	fix: 'npm audit fix, then the tests',
	references: ['npm documentation, npm audit'],
	async gather(context) {
		return gatherAudit(await readLockFile(context), context);
	},
	judge: judgeAudit,
});

export function judgeAudit(audit: DependencyAudit): readonly Finding[] {
	if (audit.kind === 'none') return [{verdict: 'skip', reason: audit.why}];
	if (audit.kind === 'unanswered')
		return [{verdict: 'inconclusive', reason: audit.why, fix: 'run it where the registry can be reached'}];
	if (audit.vulnerabilities.length === 0)
		return [{verdict: 'pass', reason: `no known hole in ${audit.packages} packages of production`}];
	return audit.vulnerabilities.map(({name, severity, titles, hasFix}) => ({
		verdict: severity === 'critical' || severity === 'high' ? 'fail' : 'warn',
		severity,
		subject: name,
		reason: `${name} has a known hole`,
		evidence: [...titles.map((title) => `${name}: ${title}`)],
		...(hasFix ? {} : {fix: `there is no version of ${name} without it that fits: look at what the advisory says`}),
	}));
}

async function gatherAudit(lock: LockFile, {loaded, host}: AuditContext): Promise<DependencyAudit> {
	if (lock.kind !== 'npm') return {kind: 'none', why: 'there is no lock file of npm to ask about'};
	const argv = [host.platform === 'win32' ? 'npm.cmd' : 'npm', 'audit', '--json', '--omit=dev'];
	const {stdout, stderr, timedOut} = await runProcess(host, {argv, cwd: loaded.root, timeoutMs: TIMEOUT_MS});
	if (timedOut) return {kind: 'unanswered', why: 'npm audit did not end in a minute'};
	return parseAudit(stdout) ?? {kind: 'unanswered', why: `npm audit gave no answer: ${firstLine(stderr)}`};
}

/** Undefined for what is no report: without a network npm prints an error instead. */
export function parseAudit(text: string): DependencyAudit | undefined {
	try {
		const report = JSON.parse(text) as {
			vulnerabilities?: Record<string, {severity?: string; fixAvailable?: unknown; via?: unknown[]}>;
			metadata?: {dependencies?: {prod?: number; total?: number}};
			error?: unknown;
			message?: string;
		};
		if (report.error !== undefined || report.vulnerabilities === undefined)
			return report.message === undefined
				? undefined
				: {kind: 'unanswered', why: `npm audit gave no answer: ${firstLine(report.message)}`};
		const vulnerabilities = Object.entries(report.vulnerabilities).map(
			([name, {severity, fixAvailable, via = []}]) => ({
				name,
				severity: severityOf(severity),
				hasFix: fixAvailable !== false,
				titles: via.flatMap((one) => {
					const {title, url} = typeof one === 'object' && one !== null ? (one as {title?: string; url?: string}) : {};
					return title === undefined ? [] : [`${title}${url === undefined ? '' : ` (${url})`}`];
				}),
			}),
		);
		return {kind: 'answered', vulnerabilities, packages: report.metadata?.dependencies?.prod ?? 0};
	} catch {
		return undefined;
	}
}

function severityOf(word: string | undefined): Severity {
	switch (word) {
		case 'critical':
		case 'high':
		case 'low':
		case 'info':
			return word;
		default:
			return 'medium';
	}
}

function firstLine(text: string): string {
	return text.trim().split('\n')[0]?.slice(0, 200) || 'it said nothing';
}
