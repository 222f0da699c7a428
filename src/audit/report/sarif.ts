import type {Log, ReportingDescriptor, Result} from 'sarif';
import type {ExitCode} from '../../kernel/exit-codes.js';
import type {Verdict} from '../../kernel/report.js';
import type {AuditResult} from '../result.js';
import type {CheckResult, ReportedFinding} from '../run.js';
import type {Severity} from '../verdict.js';

const SCHEMA = 'https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json';

/** GitHub sorts alerts by a number; these are the middles of its own bands. */
const SECURITY_SEVERITY: Readonly<Record<Severity, string>> = {
	critical: '9.5',
	high: '7.5',
	medium: '5.0',
	low: '3.0',
	info: '0.0',
};

export type SarifOptions = {
	readonly version: string;
	readonly exitCode: ExitCode;
	/**
	 * A file of the repository, by its path from the top: GitHub takes no finding without one, and no web address in its
	 * place. What is audited stands in the logical location.
	 */
	readonly file: string;
};

/** An audit as SARIF 2.1.0. */
export function auditSarif(result: AuditResult, {version, exitCode, file}: SarifOptions): string {
	const {checks, startedMs, endedMs, targetName, target} = result;
	const log: Log = {
		$schema: SCHEMA,
		version: '2.1.0',
		runs: [
			{
				tool: {
					driver: {
						name: 'sastaops',
						semanticVersion: version,
						informationUri: 'https://www.npmjs.com/package/sastaops',
						rules: checks.map(ruleOf),
					},
				},
				automationDetails: {id: `sastaops/audit/${targetName}/`},
				invocations: [
					{
						// The audit ran; what it could not judge is told below.
						executionSuccessful: true,
						exitCode,
						startTimeUtc: new Date(startedMs).toISOString(),
						endTimeUtc: new Date(endedMs).toISOString(),
						toolExecutionNotifications: checks
							.filter(({verdict}) => verdict === 'inconclusive')
							.map(({id, reason}) => ({
								level: 'warning' as const,
								message: {text: `${id} could not be judged: ${reason}`},
								associatedRule: {id},
							})),
					},
				],
				results: checks.flatMap((check, ruleIndex) =>
					check.findings.map((finding) =>
						resultOf({check, ruleIndex, finding, file, where: target?.origin ?? targetName}),
					),
				),
			},
		],
	};
	return `${JSON.stringify(log, null, '\t')}\n`;
}

function ruleOf({id, title, why, fix, severity, group, references}: CheckResult): ReportingDescriptor {
	const help = `${why} ${fix}.${references.length === 0 ? '' : ` Sources: ${references.join('; ')}.`}`;
	return {
		id,
		shortDescription: {text: title},
		fullDescription: {text: why},
		help: {text: help},
		defaultConfiguration: {level: severity === 'low' || severity === 'info' ? 'note' : 'error'},
		properties: {tags: ['security', group], 'security-severity': SECURITY_SEVERITY[severity], precision: 'very-high'},
	};
}

const KINDS: Readonly<Record<Verdict, NonNullable<Result['kind']>>> = {
	fail: 'fail',
	warn: 'fail',
	pass: 'pass',
	inconclusive: 'review',
	skip: 'notApplicable',
};

function resultOf({
	check,
	ruleIndex,
	finding,
	file,
	where,
}: {
	readonly check: CheckResult;
	readonly ruleIndex: number;
	readonly finding: ReportedFinding;
	readonly file: string;
	readonly where: string;
}): Result {
	const {verdict, reason, subject, evidence = [], fix, fingerprint, suppressedBy} = finding;
	const words = [`${where}: ${reason}`, ...evidence, ...(verdict === 'pass' ? [] : [`Mend: ${fix ?? check.fix}`])];
	return {
		ruleId: check.id,
		ruleIndex,
		kind: KINDS[verdict],
		// A level belongs to what failed only.
		level: verdict === 'fail' ? 'error' : verdict === 'warn' ? 'warning' : 'none',
		message: {text: words.join('\n')},
		locations: [
			{
				physicalLocation: {artifactLocation: {uri: file}, region: {startLine: 1}},
				logicalLocations: [
					{fullyQualifiedName: subject === undefined ? where : `${where} ${subject}`, kind: 'resource'},
				],
			},
		],
		partialFingerprints: {'sastaopsFinding/v1': fingerprint},
		...(suppressedBy === undefined
			? {}
			: {
					suppressions: [
						{
							kind: 'external',
							status: 'accepted',
							justification: `${suppressedBy.reason} (${suppressedBy.owner}, until ${suppressedBy.expires})`,
							properties: {expires: suppressedBy.expires},
						},
					],
				}),
	};
}
