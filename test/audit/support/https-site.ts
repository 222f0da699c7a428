import {execFile} from 'node:child_process';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import type {IncomingMessage, ServerResponse} from 'node:http';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {openAudit} from '../../../src/audit/audit.js';
import type {AuditResult} from '../../../src/audit/result.js';
import {loadConfig} from '../../../src/kernel/config/load.js';
import {makeTestHost} from '../../support/host.js';

const run = promisify(execFile);

export const SITE_HOST = 'shop.example';

export type SiteCertificate = {
	readonly folder: string;
	readonly ca: string;
	readonly key: Buffer;
	readonly cert: Buffer;
};

/** A certificate of its own root for shop.example, made by the openssl program. The caller removes the folder. */
export async function makeCertificate(): Promise<SiteCertificate> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-site-'));
	const at = (name: string) => join(folder, name);
	await run('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '90'],
		...['-keyout', at('key.pem'), '-out', at('cert.pem'), '-subj', `/CN=${SITE_HOST}`],
		...['-addext', `subjectAltName=DNS:${SITE_HOST},DNS:*.${SITE_HOST}`],
	]);
	return {folder, ca: at('cert.pem'), key: await readFile(at('key.pem')), cert: await readFile(at('cert.pem'))};
}

export const removeCertificate = ({folder}: SiteCertificate) => rm(folder, {recursive: true, force: true});

export type Answer = {
	readonly status?: number;
	/** Several of a name as a list. */
	readonly headers?: Readonly<Record<string, string | readonly string[]>>;
	readonly body?: string;
};

/** What a site answers; undefined: 404. */
export type Site = (request: IncomingMessage) => Answer | undefined;

export type AuditSite = {
	readonly certificate: SiteCertificate;
	readonly site: Site;
	readonly words: readonly string[];
	/** sastaops.yaml; none without it. */
	readonly config?: string | undefined;
	readonly path?: string;
	/** Whether the audit is given the site's root. @default true */
	readonly isTrusted?: boolean;
};

/** Serves a site over https on a port of its own, audits it, and shuts it down. */
export async function auditSite({
	certificate,
	site,
	words,
	config,
	path = '',
	isTrusted = true,
}: AuditSite): Promise<AuditResult & {readonly asked: readonly string[]}> {
	const asked: string[] = [];
	const server = createServer({key: certificate.key, cert: certificate.cert}, (request, response) => {
		asked.push(`${request.method} ${request.url}`);
		write(response, site(request) ?? {status: 404, headers: {'content-type': 'text/plain'}, body: 'not found'});
	});
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const {port} = server.address() as AddressInfo;
	const cwd = await mkdtemp(join(certificate.folder, 'cwd-'));
	try {
		if (config !== undefined) await writeFile(join(cwd, 'sastaops.yaml'), config.replaceAll('PORT', String(port)));
		const host = makeTestHost({cwd, env: {}});
		const audit = await openAudit(
			{
				loaded: await loadConfig(host, config === undefined ? undefined : join(cwd, 'sastaops.yaml')),
				words,
				domain: `https://${SITE_HOST}:${port}${path}`,
				api: undefined,
				httpPort: undefined,
				rules: [{host: '*', port, addresses: ['127.0.0.1']}],
				family: undefined,
				proxy: '',
				allowPrivate: true,
				caFiles: isTrusted ? [certificate.ca] : [],
				headers: {},
				permissions: {active: false, staging: false, knowsItIsLive: false},
				budget: undefined,
				perSecond: undefined,
				failOn: undefined,
				version: '0.0.0',
			},
			host,
		);
		return {...(await audit.run()), asked};
	} finally {
		server.closeAllConnections();
		server.close();
	}
}

function write(response: ServerResponse, {status = 200, headers = {}, body = ''}: Answer): void {
	const flat = Object.entries(headers).flatMap(([name, value]) => [value].flat().flatMap((one) => [name, one]));
	response.writeHead(status, flat);
	response.end(body);
}

/** `fail headers.csp` and so on: all that is not well, in the order of the report. */
export function foundIn({checks}: Pick<AuditResult, 'checks'>): string[] {
	return checks.flatMap(({id, verdict}) => (verdict === 'pass' || verdict === 'skip' ? [] : [`${verdict} ${id}`]));
}
