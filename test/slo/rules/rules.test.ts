import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {parse} from 'yaml';
import {type Config, configSchema} from '../../../src/kernel/config/schema.js';
import {quote} from '../../../src/kernel/selector.js';
import {KINDS, makeFiles, type RulesFlags} from '../../../src/slo/rules/make-files.js';
import {writeFiles} from '../../../src/slo/rules/write-files.js';
import {temporaryFolder} from '../../support/folder.js';
import {runTool, toolPath} from '../../support/prometheus-tools.js';
import {chooseSeed, IS_FULL, makeRandom, sample} from '../../support/sweep.js';

const DEFAULTS = configSchema.parse({});

/** Quotes, braces, backslashes, templates, YAML's own signs. */
const HOSTILE = 'a "b" {c="d"} \\ \'e\' `f` #: - {{ .x }} é';

function configOf(objectives: readonly object[], rest: object = {}): Config {
	return configSchema.parse({slo: {objectives, ...rest}});
}

const ORDERS = {
	name: 'orders',
	kind: 'ratio',
	target: 99,
	alarm: 90,
	good: 'done_total',
	total: ['asked_total', 'late_total'],
};

async function filesIn(folder: string, config: Config, flags: RulesFlags = {}): Promise<void> {
	await writeFiles(makeFiles(KINDS, config, flags), {folder, isForced: true});
}

type RulesYaml = {
	groups: {
		rules: {
			alert?: string;
			record?: string;
			expr: string;
			labels: Record<string, string>;
			annotations?: Record<string, string>;
		}[];
	}[];
};

function rulesOf(config: Config, flags: RulesFlags = {}) {
	const [made] = makeFiles(['rules'], config, flags);
	return (parse(made?.text ?? '') as RulesYaml).groups.flatMap(({rules}) => rules);
}

describe('rules', () => {
	it('are the same bytes each time, and end with a line end', () => {
		const [first, second] = [makeFiles(KINDS, DEFAULTS), makeFiles(KINDS, DEFAULTS)];
		expect(first).toEqual(second);
		expect(first.every(({text}) => text.endsWith('\n') && !text.endsWith('\n\n'))).toBe(true);
	});

	it('say at the top how they are made', () => {
		const [made] = makeFiles(['rules'], DEFAULTS, {
			service: "it's",
			labels: {team: 'shop'},
			runbook: 'https://w/{slo}',
		});
		expect(made?.text.split('\n')[0]).toBe(
			"# Written by: sastaops slo rules --kind rules --service 'it'\\''s' --labels team=shop --runbook https://w/{slo}",
		);
	});

	it('count and divide, and never average', () => {
		const expressions = rulesOf(DEFAULTS).map(({expr}) => expr);
		expect(expressions.filter((expr) => /avg|rate\(/.test(expr))).toEqual([]);
	});

	it('leave out an alert that could not even be set off by total failure', () => {
		const alerts = rulesOf(configOf([{...ORDERS, target: 90, alarm: 80}])).filter(
			({alert}) => alert === 'SloBudgetBurn',
		);
		expect(alerts.map(({labels}) => labels['long_window'])).toEqual(['6h', '1d', '3d']);
	});

	it('never make a missing metric critical', () => {
		const absent = rulesOf(DEFAULTS).filter(({alert}) => alert === 'SloMetricAbsent');
		expect(absent.map(({labels}) => labels['severity'])).toEqual(Array(6).fill('warning'));
	});

	it('look at the bucket that ends at the threshold, however it is written', () => {
		const of = (threshold: string) =>
			rulesOf(configOf([{name: 'l', kind: 'latency', target: 95, threshold, histogram: 'h{a="b"}'}]))
				.find(({record}) => record === 'slo:bad_events:increase5m')
				?.expr.replaceAll(/\s+/g, ' ');
		expect(of('2s')).toContain('sum(increase(h_bucket{a="b",le=~"2|2\\\\.0"}[5m]))');
		expect(of('500ms')).toContain('sum(increase(h_bucket{a="b",le="0.5"}[5m]))');
	});

	it('have a runbook and further labels where they are given, and what is added to selectors', () => {
		const config = configOf([ORDERS], {prometheus: {url: 'http://p', labels: {job: 'shop'}}});
		const [first, ...others] = rulesOf(config, {labels: {team: 'x'}, runbook: 'https://w/{slo}'});
		expect(first?.expr).toContain('asked_total{job="shop"}');
		expect(first?.labels).toEqual({team: 'x', service: 'sastabazar', slo: 'orders'});
		expect(others.at(-1)?.annotations?.['runbook_url']).toBe('https://w/orders');
	});
});

describe('files that are written', () => {
	it('replace those that were written before, and none that somebody has changed or made', async () => {
		const folder = await temporaryFolder();
		const rules = makeFiles(['rules'], DEFAULTS);
		const others = makeFiles(['rules', 'grafana'], configOf([ORDERS]));
		await writeFiles(rules, {folder, isForced: false});
		await expect(writeFiles(rules, {folder, isForced: false})).resolves.toMatchObject([{state: 'same'}]);
		await expect(writeFiles(others, {folder, isForced: false})).resolves.toMatchObject([
			{state: 'written'},
			{state: 'written'},
		]);

		const path = join(folder, 'grafana-slo.json');
		const changed = (await readFile(path, 'utf8')).replace('"1m"', '"5m"');
		await writeFile(path, changed);
		await expect(writeFiles(makeFiles(KINDS, DEFAULTS), {folder, isForced: false})).rejects.toMatchObject({
			code: 'FILE_NOT_OURS',
		});
		expect(await readFile(path, 'utf8')).toBe(changed);
		// All or nothing: the rules were ours, and stay as they were.
		expect(await readFile(join(folder, 'slo-rules.yml'), 'utf8')).toBe(others[0]?.text);
		await writeFiles(makeFiles(KINDS, DEFAULTS), {folder, isForced: true});
		expect(await readFile(path, 'utf8')).not.toBe(changed);
	});
});

describe.skipIf(toolPath('promtool') === undefined)('promtool', () => {
	it.each([
		['with buckets', {}],
		['with native histograms', {isNative: true}],
	])('accepts the rules %s and the configuration that names them', async (_, flags) => {
		const folder = await temporaryFolder();
		await filesIn(folder, DEFAULTS, flags);
		expect(await runTool('promtool', ['check', 'rules', 'slo-rules.yml'], folder)).toMatchObject({exitCode: 0});
		expect(await runTool('promtool', ['check', 'config', 'prometheus.yml'], folder)).toMatchObject({exitCode: 0});
	});

	it('finds that the rules do what "slo check" says, for each form of an objective', async () => {
		const folder = await temporaryFolder();
		const objectives = [
			ORDERS,
			{
				name: 'hostile',
				kind: 'ratio',
				target: 99.5,
				bad: `bad_total{a=${quote(HOSTILE)}}`,
				total: `all_total{a=${quote(HOSTILE)}}`,
			},
			{name: 'parts', kind: 'ratio', target: 95, good: 'a_total{x=~"y|z"}', bad: ['a_total{x="n"}', 'b_total']},
			{name: 'fast', kind: 'latency', target: 99, threshold: '2s', alarm: '5s', histogram: 'h{a!~"b.*"}'},
		];
		const config = configOf(objectives);
		const shop = configSchema.parse({...config, shop: {name: HOSTILE}});
		await filesIn(folder, shop, {labels: {team: HOSTILE}, runbook: `https://w/${HOSTILE}`});
		const {exitCode, said} = await runTool('promtool', ['test', 'rules', 'slo-rules-test.yml'], folder);
		expect(exitCode, said).toBe(0);
		const tests = await readFile(join(folder, 'slo-rules-test.yml'), 'utf8');
		expect(tests).toMatch(/an outage of 40 minutes: orders, hostile, parts, fast/);
	});

	it('finds a rule that somebody has broken', {timeout: 120_000}, async () => {
		const folder = await temporaryFolder();
		await filesIn(folder, configOf([ORDERS]));
		const path = join(folder, 'slo-rules.yml');
		const whole = await readFile(path, 'utf8');
		const breaks = [
			['> 0.144', '> 1.44'],
			['severity: critical', 'severity: warning'],
			['unless\n', 'and\n'],
			['sum(increase(done_total[30m]))', 'sum(increase(late_total[30m]))'],
			['for: 15m', 'for: 1d'],
		] as const;
		for (const [from, to] of sample(breaks, 2, makeRandom(chooseSeed('broken rules')))) {
			const broken = whole.replaceAll(from, to);
			expect(broken).not.toBe(whole);
			await writeFile(path, broken);
			const {exitCode} = await runTool('promtool', ['test', 'rules', 'slo-rules-test.yml'], folder);
			expect(exitCode, `${from} → ${to}`).toBe(1);
		}
	});

	it.skipIf(!IS_FULL)('finds the same of the six default objectives', async () => {
		const folder = await temporaryFolder();
		await filesIn(folder, DEFAULTS);
		const {exitCode, said} = await runTool('promtool', ['test', 'rules', 'slo-rules-test.yml'], folder);
		expect(exitCode, said).toBe(0);
	});
});

describe.skipIf(toolPath('amtool') === undefined)('amtool', () => {
	it('accepts the routes, and sends by severity', async () => {
		const folder = await temporaryFolder();
		await filesIn(folder, DEFAULTS);
		const config = ['--config.file=alertmanager.yml'];
		expect(await runTool('amtool', ['check-config', 'alertmanager.yml'], folder)).toMatchObject({exitCode: 0});
		for (const [severity, receiver] of [
			['critical', 'on-call'],
			['warning', 'chat'],
		] as const) {
			const {said} = await runTool('amtool', ['config', 'routes', 'test', ...config, `severity=${severity}`], folder);
			expect(said.split('\n')[0]).toBe(receiver);
		}
	});
});
