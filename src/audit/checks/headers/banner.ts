import {makeCheck} from '../../check.js';
import {
	SAMPLE_REQUESTS,
	type Sample,
	type SamplePage,
	samplePages,
	sampleSends,
	unknownOf,
	valuesOf,
} from '../../facts/sample-pages.js';
import type {Finding} from '../../verdict.js';

/** What names the software, and often its version: OWASP Secure Headers Project, headers_remove.json. */
const SOFTWARE = [
	'$wsep',
	'liferay-portal',
	'oraclecommercecloud-version',
	'powered-by',
	'product',
	'sourcemap',
	'x-aspnet-version',
	'x-aspnetmvc-version',
	'x-cf-powered-by',
	'x-cms',
	'x-cocoon-version',
	'x-content-encoded-by',
	'x-framework',
	'x-generated-by',
	'x-generator',
	'x-jitsi-release',
	'x-mod-pagespeed',
	'x-owa-version',
	'x-page-speed',
	'x-php-version',
	'x-powered-by',
	'x-powered-by-plesk',
	'x-powered-cms',
	'x-redirect-by',
	'x-server-powered-by',
	'x-sourcefiles',
	'x-sourcemap',
	'x-turbo-charged-by',
	'x-umbraco-version',
] as const;

/** What tells of machines behind the shop. */
const INSIDE = [
	'host-header',
	'pega-host',
	'x-beserver',
	'x-calculatedbetarget',
	'x-diaginfo',
	'x-envoy-original-dst-host',
	'x-feserver',
	'x-varnish-backend',
	'x-varnish-server',
] as const;

export const headersBanner = makeCheck<Sample>({
	id: 'headers.banner',
	group: 'headers',
	title: 'Answers do not tell which software made them',
	severity: 'low',
	effect: 'passive',
	maxRequests: SAMPLE_REQUESTS,
	sends: sampleSends('for headers that name software'),
	why: 'Whoever knows the version knows its holes; scanners look for nothing else.',
	fix: 'take the header away: app.disable("x-powered-by") in Express, server_tokens off in nginx',
	references: ['OWASP Secure Headers Project, headers to remove', 'OWASP ASVS 5.0, 13.4.6'],
	gather: samplePages,
	judge: judgeBanner,
});

/** One finding for each header, whatever the number of pages that have it. */
export function judgeBanner({pages, unjudged}: Sample): readonly Finding[] {
	const told = new Map<string, {readonly finding: Finding; readonly paths: string[]}>();
	for (const page of pages) {
		for (const finding of bannersOf(page)) {
			const known = told.get(finding.subject ?? '') ?? {finding, paths: []};
			known.paths.push(page.path);
			told.set(finding.subject ?? '', known);
		}
	}
	const findings = [...told.values()].map(({finding, paths}) => ({...finding, evidence: [`on ${paths.join(', ')}`]}));
	const unknown = unknownOf(pages, unjudged);
	if (findings.length > 0 || pages.length === 0) return [...findings, ...unknown];
	return [{verdict: 'pass', reason: 'no header names the software'}, ...unknown];
}

function bannersOf(page: SamplePage): readonly Finding[] {
	const server = valuesOf(page, 'server')?.some(hasVersion) ?? false;
	const make = (verdict: 'fail' | 'warn', name: string, what: string): Finding => ({
		verdict,
		subject: `header ${name}`,
		reason: `the header ${name} ${what}`,
	});
	return [
		...(server ? [make('warn', 'server', 'tells a version')] : []),
		...SOFTWARE.filter((name) => isSent(page, name)).map((name) => make('fail', name, 'names the software')),
		...INSIDE.filter((name) => isSent(page, name)).map((name) => make('fail', name, 'tells of a machine inside')),
	];
}

function isSent(page: SamplePage, name: string): boolean {
	return valuesOf(page, name)?.some((value) => value.trim() !== '') ?? false;
}

/** `nginx/1.22.1`, `Apache 2.4`; not `AmazonS3`, not `ECS (nyb/1D2E)`. */
function hasVersion(server: string): boolean {
	return /(?:^|[\s/-])v?\d{1,9}\.\d|\/v?\d{1,9}(?![\w.])/.test(server);
}
