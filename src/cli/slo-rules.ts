import {type Command, InvalidArgumentError} from 'commander';
import type {Actions} from './session.js';
import type {RulesFlags} from './slo-rules-run.js';

const KIND_NAMES: readonly RulesFlags['kind'][] = ['rules', 'tests', 'alertmanager', 'grafana', 'scrape', 'all'];

export function addSloRules(slo: Command, actions: Actions): void {
	slo
		.command('rules')
		.description('Write the objectives as rules of Prometheus, with tests, and what stands around them')
		.option('--kind <kind>', KIND_NAMES.join(', '), parseKind, 'rules')
		.option('--out <folder>', 'write files; without it one kind goes to standard output')
		.option('--service <name>', 'the label service; without it shop.name', parseLine)
		.option('--labels <list>', 'further labels of all rules and alerts: team=shop,tier=1', parseLabels)
		.option('--native', 'latency from native histograms instead of buckets')
		.option('--runbook <url>', 'where alerts lead to; {slo} stands for the objective', parseLine)
		.option('--force', 'overwrite files that were not written by this command, or changed since')
		.addHelpText(
			'after',
			'\nWhat every selector needs besides, such as job="shop", stands in slo.prometheus.labels.' +
				'\n\nExamples:\n  sastaops slo rules > slo-rules.yml\n  sastaops slo rules --kind all --out monitoring',
		)
		.action(
			actions.run(async (session, flags: RulesFlags) => (await import('./slo-rules-run.js')).sloRules(session, flags)),
		);
}

function parseKind(text: string): RulesFlags['kind'] {
	const kind = KIND_NAMES.find((known) => known === text);
	if (kind === undefined) throw new InvalidArgumentError(`It must be one of ${KIND_NAMES.join(', ')}.`);
	return kind;
}

function parseLine(text: string): string {
	if (!/^[^\p{Cc}\u2028\u2029]+$/u.test(text)) throw new InvalidArgumentError('It must be one line of text.');
	return text;
}

/** Names that the rules give themselves, and Prometheus' own. */
const TAKEN = /^(?:slo|service|severity|long_window|short_window|alertname|__.*)$/;

function parseLabels(text: string): Readonly<Record<string, string>> {
	const pairs = text.split(',').map((pair) => {
		const [, name = '', value = ''] = /^\s*([a-zA-Z_]\w*)=(.+)$/.exec(pair) ?? [];
		if (name === '' || TAKEN.test(name))
			throw new InvalidArgumentError('It must be name=value, more behind commas, and no name that the rules use.');
		return [name, value] as const;
	});
	return Object.fromEntries(pairs);
}
