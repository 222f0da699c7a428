import {stripVTControlCharacters} from 'node:util';
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
	// Left out: its pattern needs time by the cube of a word's length, minutes for a line of base64. Ours is below.
	issuePrefixes: undefined as never,
});

/** An issue of this repository; another's (`owner/shop#13`) is none. */
const ISSUE = /(?<![\w/&#-])#\d+\b/g;

const MOST_OF_A_FOOTER = 4096;

/** A footer such as `Reviewed-by: Asha` or `Closes #12` ends the one before it. */
const NEXT_FOOTER = /\n(?=[A-Za-z][\w-]*(?:: | #)\S)/;

/** What is read of either end of a message: its header and breaking change, and its footers. */
const MOST_READ = 8192;

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
	const message = withoutControls(bothEnds(commit.message));
	const firstLine = message.split('\n')[0]?.trim() ?? '';
	const parsed = message.trim() === '' ? undefined : PARSER.parse(message);
	const type = parsed?.['type']?.toLowerCase();
	const breaking = parsed?.notes
		.find(({title}) => title.startsWith('BREAKING'))
		?.text.split(NEXT_FOOTER)[0]
		?.trim()
		.slice(0, MOST_OF_A_FOOTER);
	return {
		kind: breaking === undefined ? (KINDS.get(type) ?? (parsed?.revert ? 'revert' : 'other')) : 'breaking',
		type: type ?? undefined,
		scope: parsed?.['scope'] ?? undefined,
		subject: parsed?.['subject'] ?? (firstLine || '(no message)'),
		breaking,
		references: [...new Set(message.match(ISSUE))],
		commit,
	};
}

function bothEnds(message: string): string {
	return message.length <= 2 * MOST_READ ? message : `${message.slice(0, MOST_READ)}\n${message.slice(-MOST_READ)}`;
}

/** Colours and bells of a message would be the terminal's, and GitHub's, to suffer. */
function withoutControls(text: string): string {
	return stripVTControlCharacters(text).replaceAll(/[^\P{Cc}\n\t]/gu, '');
}

/** Merge commits and housekeeping that no reader of notes wants. */
export function isNoteworthy({type, commit}: Change): boolean {
	if (/^Merge (?:branch|remote-tracking branch|pull request|tag|commit)\b/.test(commit.message)) return false;
	return type === undefined || !['chore', 'ci', 'build', 'test', 'style', 'docs', 'refactor'].includes(type);
}
