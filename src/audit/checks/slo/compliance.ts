import {durationMs} from '../../../kernel/duration.js';
import {NoAnswer} from '../../../ports/web/dial.js';
import type {Told} from '../../../slo/evidence.js';
import type {ObjectiveVerdict} from '../../../slo/verdict.js';
import {makeCheck} from '../../check.js';
import {type AuditContext, targetOf} from '../../context.js';
import type {Finding} from '../../verdict.js';

/** Each objective as it stands now; or why the shop tells none. */
export type Compliance = {readonly objectives: readonly ObjectiveVerdict[]} | {readonly whyNone: string};

export const sloCompliance = makeCheck<Compliance>({
	id: 'slo.compliance',
	group: 'slo',
	title: 'The objectives hold now',
	severity: 'high',
	effect: 'passive',
	maxRequests: 1,
	sends: ['GET of the API’s metrics, with slo.metricsToken where it is set'],
	why: 'A shop that breaks its promises today does not get better by a release.',
	fix: 'see with sastaops slo check which promise is broken, and do not release until it holds',
	references: ['Google SRE Workbook, Alerting on SLOs', 'docs/slo.md'],
	gather: readCompliance,
	judge: judgeCompliance,
});

/** The sources that the configuration names, else the target's own report, asked as everything else of it is. */
async function readCompliance(context: AuditContext): Promise<Compliance> {
	const {loaded, host} = context;
	const {slo} = loaded.config;
	if (slo.prometheus !== undefined || slo.metrics !== undefined) {
		const {checkSlo} = await import('../../../slo/check.js');
		return checkSlo({loaded, source: {}, only: [], failOn: 'breach'}, host);
	}
	const told = await readReport(context);
	if ('whyNone' in told) return told;
	const {judgeTold} = await import('../../../slo/check.js');
	const periodMinutes = durationMs(slo.period) / 60_000;
	return judgeTold(told, {windowMinutes: periodMinutes, periodMinutes, failOn: 'breach'});
}

async function readReport(context: AuditContext): Promise<Told | {readonly whyNone: string}> {
	const {loaded, site} = context;
	const {slo} = loaded.config;
	const {api} = targetOf(context);
	const answer = await site.send({
		url: `${api}/metrics`,
		headers: {accept: 'application/json'},
		...(slo.metricsToken === undefined ? {} : {credentials: {authorization: `Bearer ${slo.metricsToken}`}}),
		maxBytes: 8_388_608,
	});
	if (answer.status === 401 || answer.status === 403)
		return {
			whyNone: 'the shop tells its numbers to a bearer only: set slo.metricsToken, and its objectives are judged',
		};
	if (answer.status >= 500)
		throw new NoAnswer('protocol', `${answer.url.pathname} answers ${answer.status} in place of the shop’s numbers`);
	const [{parseShopReport, reportEvidence}, {objectivesOfConfig}] = await Promise.all([
		import('../../../slo/sources/shop-report.js'),
		import('../../../slo/objectives-of-config.js'),
	]);
	const report = answer.status === 200 ? parseShopReport(answer.body.toString('utf8')) : undefined;
	if (report === undefined)
		return {
			whyNone: 'the shop offers no report of its numbers; with one, or slo.prometheus, its objectives are judged',
		};
	const objectives = slo.objectives === undefined ? undefined : objectivesOfConfig(slo);
	return reportEvidence({report, where: answer.url.pathname, objectives});
}

export function judgeCompliance(compliance: Compliance): Finding | readonly Finding[] {
	if ('whyNone' in compliance) return {verdict: 'skip', reason: compliance.whyNone};
	if (compliance.objectives.length === 0) return {verdict: 'skip', reason: 'the shop promises nothing'};
	return compliance.objectives.map(judgeObjective);
}

function judgeObjective({name, title, state, why, burn, alarm, ratio, target}: ObjectiveVerdict): Finding {
	const subject = `objective ${name}`;
	const evidence = [`${title}: ${ratio === null ? 'nothing counted' : ratio.toFixed(5)} of ${target}`];
	const fires = (severity: string) => burn.some((rule) => rule.state === 'firing' && rule.severity === severity);
	if (state === 'breach') return {verdict: 'fail', subject, reason: 'the promise is broken', evidence};
	if (alarm?.state === 'firing' || fires('critical'))
		return {
			verdict: 'fail',
			subject,
			reason: 'its budget of errors goes so fast that somebody must be called',
			evidence,
		};
	if (fires('warning'))
		return {verdict: 'warn', subject, severity: 'medium', reason: 'its budget of errors goes too fast', evidence};
	if (state === 'pass') return {verdict: 'pass', subject, reason: 'the promise holds', evidence};
	return {
		verdict: 'inconclusive',
		subject,
		reason: 'there is not enough data to prove it',
		evidence: why === '' ? evidence : [why],
		fix: 'let the shop serve for a while, and ask again',
	};
}
