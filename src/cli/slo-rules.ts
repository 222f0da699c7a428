import {resolve} from 'node:path';
import {type Command, InvalidArgumentError} from 'commander';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {Kind} from '../slo/rules/make-files.js';
import type {Actions, Session} from './session.js';

type Flags = {
	readonly kind: Kind | 'all';
	readonly out?: string;
	readonly service?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly native?: boolean;
	readonly runbook?: string;
	readonly force?: boolean;
};

const KIND_NAMES: readonly Flags['kind'][] = ['rules', 'tests', 'alertmanager', 'grafana', 'scrape', 'all'];

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
		.action(actions.run(sloRules));
}

async function sloRules(session: Session, flags: Flags): Promise<Answer> {
	const [{KINDS, makeFiles}, {config}] = await Promise.all([
		import('../slo/rules/make-files.js'),
		session.loadConfig(),
	]);
	const {kind, out, service, labels, native, runbook} = flags;
	if (kind === 'all' && out === undefined) {
		throw new SastaError('USAGE', '--kind all makes several files', {
			exitCode: EXIT.usage,
			hint: 'Say where to with --out <folder>, or choose one kind',
		});
	}
	const files = makeFiles(kind === 'all' ? KINDS : [kind], config, {service, labels, isNative: native, runbook});
	if (out === undefined) {
		const text = files.map((file) => file.text).join('');
		return {
			report: {command: session.command, verdict: 'pass', exitCode: EXIT.ok, data: {files}},
			document: [{kind: 'text', text: text.trimEnd()}],
		};
	}
	const {writeFiles} = await import('../slo/rules/write-files.js');
	const folder = resolve(session.host.cwd, out);
	const written = await writeFiles(files, {folder, isForced: flags.force === true});
	const next = nextOf(
		files.map((file) => file.kind),
		out,
	);
	return {
		report: {command: session.command, verdict: 'pass', exitCode: EXIT.ok, data: {files: written}},
		document: [
			{
				kind: 'items',
				items: written.map(({path, state}) => ({
					mark: 'done' as const,
					text: path,
					...(state === 'same' ? {detail: 'as it was'} : {}),
				})),
			},
			...(next === undefined ? [] : [{kind: 'next' as const, steps: [{label: 'Prove them', command: next}]}]),
		],
	};
}

function nextOf(kinds: readonly Kind[], out: string): string | undefined {
	if (kinds.includes('tests')) return `promtool test rules ${out}/slo-rules-test.yml`;
	if (kinds.includes('rules')) return `promtool check rules ${out}/slo-rules.yml`;
	return kinds.includes('alertmanager') ? `amtool check-config ${out}/alertmanager.yml` : undefined;
}

function parseKind(text: string): Flags['kind'] {
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
