import {readFile} from 'node:fs/promises';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import type {Ajv} from 'ajv';
import {describe, expect, it} from 'vitest';
import {validateXML} from 'xmllint-wasm';
import {auditData} from '../../../src/audit/report/data.js';
import {auditAnnotations} from '../../../src/audit/report/github.js';
import {auditHtml} from '../../../src/audit/report/html.js';
import {auditJunit} from '../../../src/audit/report/junit.js';
import {auditSarif} from '../../../src/audit/report/sarif.js';
import {auditDocumentSchema} from '../../../src/audit/report/saved.js';
import {reportJson} from '../../../src/kernel/report.js';
import {makeCheckResult, makeResult, NASTY} from '../make-result.js';

const DATA = join(import.meta.dirname, '../../support/data');

const SUPPRESSION = {
	check: 'headers.csp',
	target: 'shop.example',
	owner: 'asha',
	reason: `waiting for the new theme ${NASTY}`,
	expires: '2026-12-31',
};

/** Every verdict, a suppressed finding, two findings of one check, and text of the worst kind in every place. */
const RESULT = makeResult(
	[
		makeCheckResult('tls.protocol', [{verdict: 'fail', reason: `TLS 1.0 ${NASTY}`, evidence: [NASTY], fix: NASTY}]),
		makeCheckResult('headers.cookies', [
			{verdict: 'fail', reason: 'no Secure', subject: `cookie ${NASTY}`, severity: 'critical'},
			{verdict: 'warn', reason: 'no SameSite', subject: 'cookie b', severity: 'low'},
		]),
		makeCheckResult('headers.csp', [{verdict: 'fail', reason: 'unsafe-inline', suppressedBy: SUPPRESSION}]),
		makeCheckResult('headers.frame', [{verdict: 'warn', reason: NASTY}]),
		makeCheckResult('tls.ipv6', [{verdict: 'inconclusive', reason: NASTY}]),
		makeCheckResult('payments.order', [{verdict: 'skip', reason: NASTY}]),
		makeCheckResult('tls.hsts', [{verdict: 'pass', reason: NASTY, evidence: [NASTY]}]),
	],
	{warnings: [NASTY], sent: [{check: 'tls.hsts', what: NASTY, result: NASTY, durationMs: 3}]},
);

describe('an audit with every verdict, full of hostile text', () => {
	it('is SARIF by the schema of OASIS, with a place in the repository for every result', async () => {
		// CommonJS, as its types do not say.
		const {default: Ajv04} = createRequire(import.meta.url)('ajv-draft-04') as {default: typeof Ajv};
		const {default: addFormats} = createRequire(import.meta.url)('ajv-formats') as {default: (ajv: Ajv) => Ajv};
		const ajv = addFormats(new Ajv04({strict: false, allErrors: true}));
		const validate = ajv.compile(JSON.parse(await readFile(join(DATA, 'sarif-schema-2.1.0.json'), 'utf8')) as object);

		const log = JSON.parse(auditSarif(RESULT, {version: '1.2.3', exitCode: 1, file: 'sastaops.yaml'})) as SarifLog;

		validate(log);
		expect(validate.errors).toBeNull();
		const results = log.runs[0]?.results ?? [];
		expect(results.map(({ruleId, kind, level}) => `${ruleId} ${kind} ${level}`)).toEqual([
			'tls.protocol fail error',
			'headers.cookies fail error',
			'headers.cookies fail warning',
			'headers.csp fail error',
			'headers.frame fail warning',
			'tls.ipv6 review none',
			'payments.order notApplicable none',
			'tls.hsts pass none',
		]);
		for (const {locations} of results) {
			// GitHub refuses a web address here, and a result without a file.
			expect(locations[0]?.physicalLocation.artifactLocation.uri).toBe('sastaops.yaml');
		}
		expect(results.filter(({suppressions}) => suppressions !== undefined).map(({ruleId}) => ruleId)).toEqual([
			'headers.csp',
		]);
	});

	it('is JUnit by the published schema, with failures, errors and skipped counted', async () => {
		const xml = auditJunit(RESULT);
		const schema = await readFile(join(DATA, 'junit.xsd'), 'utf8');

		const {valid, errors} = await validateXML({xml: [{fileName: 'audit.xml', contents: xml}], schema: [schema]});

		expect(errors.map(({message}) => message)).toEqual([]);
		expect(valid).toBe(true);
		expect(xml).toContain('tests="7" failures="2" errors="1" skipped="2"');
	});

	it('is JSON by its own schema, the one that reads a baseline', () => {
		const json = reportJson({command: 'audit', verdict: 'fail', exitCode: 1, data: auditData(RESULT)});

		expect(auditDocumentSchema.safeParse(JSON.parse(json)).error?.issues ?? []).toEqual([]);
	});

	it('is HTML without a tag or a script of the site in it', () => {
		const page = auditHtml(RESULT);

		expect(page).not.toContain('<b>');
		expect(page).not.toContain('</script>');
		expect(page).toContain('&lt;b&gt;');
		expect(page).toContain('asha');
	});

	it('is one annotation a check, none of which the site can begin', () => {
		const lines = auditAnnotations(RESULT, 'sastaops.yaml').trimEnd().split('\n');

		expect(lines.map((line) => line.slice(0, 20))).toEqual([
			expect.stringContaining('::error'),
			expect.stringContaining('::error'),
			expect.stringContaining('::warning'),
			expect.stringContaining('::warning'),
		]);
		expect(lines[0]).toContain('headers.cookies (critical)');
	});
});

it('shows the ten worst of each kind on GitHub, and how many were left out', () => {
	const checks = Array.from({length: 13}, (_, index) =>
		makeCheckResult(`tls.${index}`, [{verdict: 'fail', reason: 'bad', severity: index === 12 ? 'critical' : 'low'}]),
	);

	const lines = auditAnnotations(makeResult(checks), 'sastaops.yaml').trimEnd().split('\n');

	expect(lines).toHaveLength(11);
	expect(lines[0]).toContain('tls.12 (critical)');
	expect(lines[10]).toContain('3 more');
});

type SarifLog = {
	readonly runs: readonly {
		readonly results: readonly {
			readonly ruleId: string;
			readonly kind: string;
			readonly level: string;
			readonly suppressions?: unknown;
			readonly locations: readonly {readonly physicalLocation: {readonly artifactLocation: {readonly uri: string}}}[];
		}[];
	}[];
};
