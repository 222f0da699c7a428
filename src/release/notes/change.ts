import {CommitParser} from 'conventional-commits-parser';
import type {Commit} from '../../ports/git-parse.js';

/** What a change means to whoever uses the shop's API. */
export type ChangeKind = 'breaking' | 'feature' | 'fix' | 'performance' | 'revert' | 'other';

export type Change = {
	readonly kind: ChangeKind;
	/** Conventional type as written: `feat`, `fix`, `chore`; undefined where the message is not conventional. */
	readonly type: string | undefined;
	readonly scope: string | undefined;
	readonly subject: string;
	/** What breaks, in the author's words. */
	readonly breaking: string | undefined;
	/** Issues named, such as `#12`. */
	readonly references: readonly string[];
	readonly commit: Commit;
};

const PARSER = new CommitParser({
	headerPattern: /^(\w*)(?:\(([^)]*)\))?!?: (.*)$/,
	breakingHeaderPattern: /^(\w*)(?:\(([^)]*)\))?!: (.*)$/,
	mergePattern: /^Merge pull request #(\d+) from .*$/,
	mergeCorrespondence: ['pullRequest'],
});

/** A map, not an object: `constructor` is a type that somebody will write. */
const KINDS: ReadonlyMap<string | undefined, ChangeKind> = new Map([
	['feat', 'feature'],
	['feature', 'feature'],
	['fix', 'fix'],
	['perf', 'performance'],
	['revert', 'revert'],
]);

/** Reads one commit by the conventional commits rules (conventionalcommits.org, 1.0.0). A message of any form is fine. */
export function readChange(commit: Commit): Change {
	const firstLine = commit.message.split('\n')[0]?.trim() ?? '';
	const parsed = commit.message.trim() === '' ? undefined : PARSER.parse(commit.message);
	const type = parsed?.['type']?.toLowerCase();
	const breaking = parsed?.notes.find(({title}) => title.startsWith('BREAKING'))?.text.trim();
	return {
		kind: breaking === undefined ? (KINDS.get(type) ?? (parsed?.revert ? 'revert' : 'other')) : 'breaking',
		type: type ?? undefined,
		scope: parsed?.['scope'] ?? undefined,
		subject: parsed?.['subject'] ?? (firstLine || '(no message)'),
		breaking,
		references: [...new Set((parsed?.references ?? []).map(({prefix, issue}) => `${prefix}${issue}`))],
		commit,
	};
}

/** Merge commits and housekeeping that no reader of notes wants. */
export function isNoteworthy({type, commit}: Change): boolean {
	if (/^Merge (?:branch|remote-tracking branch|pull request|tag|commit)\b/.test(commit.message)) return false;
	return type === undefined || !['chore', 'ci', 'build', 'test', 'style', 'docs', 'refactor'].includes(type);
}
