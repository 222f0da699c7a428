import {resolve} from 'node:path';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {Kind} from '../slo/rules/make-files.js';
import type {Session} from './session.js';

export type RulesFlags = {
	readonly kind: Kind | 'all';
	readonly out?: string;
	readonly service?: string;
	readonly labels?: Readonly<Record<string, string>>;
	readonly native?: boolean;
	readonly runbook?: string;
	readonly force?: boolean;
};

/** Prints one kind, or writes files. */
export async function sloRules(session: Session, flags: RulesFlags): Promise<Answer> {
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
