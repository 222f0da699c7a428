import {relative} from 'node:path';
import {type AuditOptions, openAudit} from '../audit/audit.js';
import {keepAudit, readAudit, readHistory} from '../audit/history.js';
import {checkReportFiles, writeReportFiles, writeStepSummary} from '../audit/report/write.js';
import type {AuditResult} from '../audit/result.js';
import {makeTarget} from '../audit/target.js';
import {SECRET_HEADER} from '../kernel/config/alerts.js';
import type {LoadedConfig} from '../kernel/config/load.js';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {type Answer, reportJson} from '../kernel/report.js';
import {parseResolveRule} from '../ports/web/route.js';
import {auditAnswer, auditListAnswer, auditPlanAnswer} from './audit-answers.js';
import {auditDiffAnswer, auditHistoryAnswer} from './audit-history-answers.js';
import type {Session} from './session.js';
import {VERSION} from './version.js';

export type AuditFlags = {
	readonly domain?: string;
	readonly api?: string;
	readonly active?: boolean;
	readonly staging?: boolean;
	readonly iKnowThisIsLive?: boolean;
	readonly failOn?: AuditOptions['failOn'];
	readonly budget?: number;
	readonly rate?: number;
	readonly resolve: readonly string[];
	readonly httpPort?: number;
	readonly ca: readonly string[];
	readonly header: readonly string[];
	readonly proxy?: string;
	readonly allowPrivate?: boolean;
	readonly ipv4?: boolean;
	readonly ipv6?: boolean;
	readonly dryRun?: boolean;
	readonly list?: boolean;
	readonly report: readonly string[];
	readonly baseline?: string;
};

export async function audit(session: Session, words: readonly string[], flags: AuditFlags): Promise<Answer> {
	const {host, command} = session;
	const loaded = await session.loadConfig();
	checkReportFiles(flags.report);
	const before = flags.baseline === undefined ? undefined : await readAudit(flags.baseline, host.cwd);
	const opened = await openAudit(auditOptions(flags, words, loaded, host), host);
	if (flags.list === true) return auditListAnswer(command, opened.plan);
	if (flags.dryRun === true) return auditPlanAnswer(command, opened.plan);

	const result = await opened.run();
	const file = loaded.file === undefined ? 'sastaops.yaml' : relative(host.cwd, loaded.file);
	const answer = auditAnswer(command, result, {file, version: VERSION, before});
	await writeReportFiles(flags.report, answer, host);
	await writeStepSummary(answer, host);
	await keep(answer, result, {root: loaded.root, host});
	return answer;
}

/** An audit that cannot be kept has still been made. */
async function keep(
	answer: Answer,
	result: AuditResult,
	{root, host}: {readonly root: string; readonly host: Host},
): Promise<void> {
	try {
		await keepAudit(root, host.redact(reportJson(answer.report)), result);
	} catch (error) {
		const message = `the audit is not in the history: ${errorMessage(error)}`;
		host.emit({type: 'log', level: 'warn', message});
	}
}

export function auditOptions(
	flags: AuditFlags,
	words: readonly string[],
	loaded: LoadedConfig,
	host: Host,
): AuditOptions {
	return {
		loaded,
		words,
		domain: flags.domain,
		api: flags.api,
		httpPort: flags.httpPort,
		rules: flags.resolve.map(parseResolveRule),
		family: flags.ipv6 === true ? 6 : flags.ipv4 === true ? 4 : undefined,
		proxy: flags.proxy,
		allowPrivate: flags.allowPrivate === true,
		caFiles: flags.ca,
		headers: Object.fromEntries(flags.header.map((line) => parseHeader(line, host))),
		permissions: {
			active: flags.active === true,
			staging: flags.staging === true,
			knowsItIsLive: flags.iKnowThisIsLive === true,
		},
		budget: flags.budget,
		perSecond: flags.rate,
		failOn: flags.failOn,
		version: VERSION,
	};
}

export type HistoryFlags = {readonly domain?: string; readonly limit: number};

export async function auditHistory({command, loadConfig}: Session, flags: HistoryFlags): Promise<Answer> {
	const {root} = await loadConfig();
	const target = flags.domain === undefined ? undefined : hostOf(flags.domain);
	return auditHistoryAnswer(command, await readHistory(root, {target, limit: flags.limit}));
}

/** Two reports; or the newest two of one target. @throws SastaError AUDIT_HISTORY_SHORT */
export async function auditDiff(
	{host, command, loadConfig}: Session,
	files: readonly string[],
	{domain}: {readonly domain?: string},
): Promise<Answer> {
	if (files.length === 2) {
		const [before, after] = await Promise.all([
			readAudit(files[0] ?? '', host.cwd),
			readAudit(files[1] ?? '', host.cwd),
		]);
		return auditDiffAnswer(command, before, after);
	}
	if (files.length === 1) {
		throw new SastaError('USAGE', 'One report cannot be compared with itself', {
			exitCode: EXIT.usage,
			hint: 'Give two files, or none for the newest two audits of the history',
		});
	}
	const {root} = await loadConfig();
	const target = domain === undefined ? undefined : hostOf(domain);
	const {entries} = await readHistory(root, {target, limit: 100});
	const [newest] = entries;
	const earlier = entries.slice(1).find(({audit: one}) => one.target?.name === newest?.audit.target?.name);
	if (newest === undefined || earlier === undefined) {
		throw new SastaError('AUDIT_HISTORY_SHORT', 'The history does not hold two audits of one target', {
			hint: 'Run sastaops audit twice, or give two JSON reports',
		});
	}
	return auditDiffAnswer(command, earlier.audit, newest.audit);
}

function hostOf(domain: string): string {
	return makeTarget({domain, api: '/', httpPort: undefined, rules: []}).host;
}

/** @throws SastaError USAGE */
function parseHeader(line: string, host: Host): readonly [name: string, value: string] {
	const [, name = '', value = ''] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\x20-\x7e\x80-\xff]*)$/.exec(line) ?? [];
	if (name === '') {
		throw new SastaError('USAGE', '--header is not "name: value"', {
			exitCode: EXIT.usage,
			hint: 'Give it as curl takes it, such as --header "x-audit: yes"',
		});
	}
	if (SECRET_HEADER.test(name)) host.addSecret(value);
	return [name.toLowerCase(), value];
}
