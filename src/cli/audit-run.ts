import {type AuditOptions, openAudit} from '../audit/audit.js';
import {SECRET_HEADER} from '../kernel/config/alerts.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Answer} from '../kernel/report.js';
import {parseResolveRule} from '../ports/web/route.js';
import {auditAnswer, auditListAnswer, auditPlanAnswer} from './audit-answers.js';
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

export async function audit(
	{host, command, loadConfig}: Session,
	words: readonly string[],
	flags: AuditFlags,
): Promise<Answer> {
	const options: AuditOptions = {
		loaded: await loadConfig(),
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
	const opened = await openAudit(options, host);
	if (flags.list === true) return auditListAnswer(command, opened.plan);
	if (flags.dryRun === true) return auditPlanAnswer(command, opened.plan);
	return auditAnswer(command, await opened.run());
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
