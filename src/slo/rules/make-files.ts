import type {Config} from '../../kernel/config/schema.js';
import {objectivesOfConfig} from '../objectives-of-config.js';
import {alertmanagerConfig} from './alertmanager-config.js';
import {dashboard} from './dashboard.js';
import type {RuleOptions} from './rule-options.js';
import {rulesFile} from './rules-file.js';
import {scrapeConfig} from './scrape-config.js';
import {stampJson, stampYaml} from './stamp.js';
import {unitTestsFile} from './unit-tests.js';

/** What can be made, by the file that it becomes. */
export const FILE_NAMES = {
	rules: 'slo-rules.yml',
	tests: 'slo-rules-test.yml',
	scrape: 'prometheus.yml',
	alertmanager: 'alertmanager.yml',
	grafana: 'grafana-slo.json',
} as const;

export type Kind = keyof typeof FILE_NAMES;

export const KINDS = Object.keys(FILE_NAMES) as readonly Kind[];

export type RulesFlags = {
	readonly service?: string | undefined;
	readonly labels?: Readonly<Record<string, string>> | undefined;
	readonly isNative?: boolean | undefined;
	readonly runbook?: string | undefined;
};

export type MadeFile = {readonly kind: Kind; readonly name: string; readonly text: string};

/** The files of these kinds, the same bytes for the same configuration. @throws SastaError SELECTOR_INVALID */
export function makeFiles(kinds: readonly Kind[], config: Config, flags: RulesFlags = {}): MadeFile[] {
	const options = optionsOf(config, flags);
	return kinds.map((kind) => ({kind, name: FILE_NAMES[kind], text: textOf(kind, {config, options, flags})}));
}

type Making = {readonly config: Config; readonly options: RuleOptions; readonly flags: RulesFlags};

function textOf(kind: Kind, {config, options, flags}: Making): string {
	const command = commandOf(kind, flags);
	const objectives = objectivesOfConfig(config.slo);
	switch (kind) {
		case 'rules':
			return stampYaml(rulesFile(objectives, options), command);
		case 'tests':
			return stampYaml(unitTestsFile(objectives, options, FILE_NAMES.rules), command);
		case 'scrape':
			return stampYaml(
				scrapeConfig({
					service: options.service,
					selectorLabels: options.selectorLabels,
					pages: pagesOf(config),
					hasToken: config.slo.metricsToken !== undefined,
					rulesFile: FILE_NAMES.rules,
				}),
				command,
			);
		case 'alertmanager':
			return stampYaml(alertmanagerConfig(), command);
		case 'grafana':
			return stampJson(dashboard(objectives, options), command);
		default:
			return kind satisfies never;
	}
}

function optionsOf({shop, slo}: Config, {service, labels, isNative, runbook}: RulesFlags): RuleOptions {
	return {
		service: service ?? shop.name,
		labels: labels ?? {},
		selectorLabels: slo.prometheus?.labels ?? {},
		period: slo.period,
		isNative: isNative ?? false,
		runbook,
	};
}

function pagesOf({slo, shop}: Config): readonly string[] {
	return slo.metrics ?? [new URL('/metrics', shop.url ?? 'http://127.0.0.1:3000').href];
}

/** As it would be typed; where the file goes is no part of what it is. */
function commandOf(kind: Kind, {service, labels, isNative, runbook}: RulesFlags): string {
	const words = [
		...(service === undefined ? [] : ['--service', service]),
		...(labels === undefined
			? []
			: [
					'--labels',
					Object.entries(labels)
						.map(([name, value]) => `${name}=${value}`)
						.join(','),
				]),
		...(isNative ? ['--native'] : []),
		...(runbook === undefined ? [] : ['--runbook', runbook]),
	];
	return ['sastaops', 'slo', 'rules', '--kind', kind, ...words.map(shellWord)].join(' ');
}

function shellWord(word: string): string {
	return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
