import {expect, it} from 'vitest';
import {judgeCompliance} from '../../../../src/audit/checks/slo/compliance.js';
import {judgeTold} from '../../../../src/slo/check.js';
import {parseShopReport, reportEvidence} from '../../../../src/slo/sources/shop-report.js';

const DAYS_30 = 43_200;

/** What a shop would report that has served so many, of which so many were good, in each window. */
function compliance(good: number, total: number) {
	const objective = {
		name: 'api_availability',
		title: 'Answers',
		kind: 'ratio',
		target: 0.999,
		thresholdMs: null,
		good,
		total,
	};
	const windows = Object.fromEntries(
		['5m', '30m', '1h', '6h', '1d', '3d', '30d'].map((name) => [name, {objectives: [objective]}]),
	);
	const report = parseShopReport(
		JSON.stringify({
			generatedAt: '2026-11-24T12:00:00.000Z',
			source: 'shop',
			since: '2026-10-01T00:00:00.000Z',
			windows,
		}),
	);
	if (report === undefined) throw new Error('no report');
	const told = reportEvidence({report, where: '/api/metrics', objectives: undefined});
	return judgeTold(told, {windowMinutes: DAYS_30, periodMinutes: DAYS_30, failOn: 'breach'});
}

it.each([
	['passes a promise that is proved kept', 1_000_000, 1_000_000, 'pass'],
	['fails one that is broken', 980_000, 1_000_000, 'fail'],
	['is inconclusive where too little was served', 3, 3, 'inconclusive'],
	['is inconclusive where nothing was served', 0, 0, 'inconclusive'],
])('slo.compliance %s', (_title, good, total, expected) => {
	const findings = [judgeCompliance(compliance(good, total))].flat();
	expect(findings.map(({verdict, subject}) => [verdict, subject])).toEqual([[expected, 'objective api_availability']]);
});

it('slo.compliance skips a shop that tells nothing', () => {
	expect(judgeCompliance({whyNone: 'it offers no report'})).toEqual({verdict: 'skip', reason: 'it offers no report'});
});
