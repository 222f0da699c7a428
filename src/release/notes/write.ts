import type {Change, ChangeKind} from './change.js';
import {isNoteworthy} from './change.js';

/** What the notes say of one migration; made from the migration's own file. */
export type MigrationNote = {
	readonly id: string;
	readonly title: string;
	readonly phase: 'expand' | 'contract';
	readonly isReversible: boolean;
	/** Documents it will touch; undefined where it cannot be told. */
	readonly documents: number | undefined;
	/** What a person must do, before or after. */
	readonly operator: string | undefined;
};

export type NotesInput = {
	readonly version: string;
	readonly tag: string;
	/** `YYYY-MM-DD`. */
	readonly date: string;
	readonly previousTag: string | undefined;
	/** `https://github.com/owner/name`; undefined where the remote is no such forge. */
	readonly repositoryUrl: string | undefined;
	readonly changes: readonly Change[];
	readonly migrations: readonly MigrationNote[];
	/** Markdown with `{{version}}`, `{{date}}`, `{{changes}}`, `{{migrations}}`, `{{contributors}}`, `{{compare}}`. */
	readonly template: string | undefined;
};

/** GitHub refuses a release body over 125,000 characters; ours leaves room for the run's marker. */
export const MAX_NOTES_LENGTH = 124_000;

const DEFAULT_TEMPLATE = `{{changes}}

{{migrations}}

{{contributors}}

{{compare}}`;

const HEADINGS: readonly {readonly kind: ChangeKind; readonly heading: string}[] = [
	{kind: 'breaking', heading: 'Breaking changes'},
	{kind: 'feature', heading: 'New'},
	{kind: 'fix', heading: 'Fixed'},
	{kind: 'performance', heading: 'Faster'},
	{kind: 'revert', heading: 'Taken back'},
	{kind: 'other', heading: 'Other changes'},
];

/** Release notes in Markdown, cut at a line where GitHub would refuse them. */
export function writeNotes(input: NotesInput): string {
	const parts = new Map([
		['version', input.version],
		['tag', input.tag],
		['date', input.date],
		['changes', writeChanges(input)],
		['migrations', writeMigrations(input.migrations)],
		['contributors', writeContributors(input.changes)],
		['compare', writeCompare(input)],
	]);
	const text = (input.template ?? DEFAULT_TEMPLATE).replace(
		/\{\{(\w+)\}\}/g,
		(whole, name: string) => parts.get(name) ?? whole,
	);
	return cutNotes(`${text.replace(/\n{3,}/g, '\n\n').trim()}\n`, input);
}

/** The placeholders of a template that mean nothing; a template with one is refused in preflight. */
export function unknownPlaceholders(template: string): string[] {
	const known = ['version', 'tag', 'date', 'changes', 'migrations', 'contributors', 'compare'];
	return [...template.matchAll(/\{\{(\w+)\}\}/g)].map(([, name = '']) => name).filter((name) => !known.includes(name));
}

function writeChanges({changes, repositoryUrl}: NotesInput): string {
	const noteworthy = changes.filter((change) => isNoteworthy(change) || change.kind === 'breaking');
	if (noteworthy.length === 0)
		return changes.length === 0 ? 'No changes since the last release.' : 'Housekeeping only.';
	return HEADINGS.flatMap(({kind, heading}) => {
		const group = noteworthy.filter((change) => change.kind === kind);
		return group.length === 0
			? []
			: [`## ${heading}\n\n${group.map((change) => writeChange(change, repositoryUrl)).join('\n')}`];
	}).join('\n\n');
}

function writeChange(
	{scope, subject, breaking, commit, references}: Change,
	repositoryUrl: string | undefined,
): string {
	const short = commit.hash.slice(0, 7);
	const link = repositoryUrl === undefined ? short : `[${short}](${repositoryUrl}/commit/${commit.hash})`;
	const issues = references.filter((reference) => !subject.includes(reference));
	const what = breaking !== undefined && breaking !== subject ? `\n  ${plain(breaking).replaceAll('\n', '\n  ')}` : '';
	return `- ${scope === undefined ? '' : `**${scope}:** `}${plain(subject)}${issues.length > 0 ? ` (${issues.join(', ')})` : ''} (${link})${what}`;
}

/** Markdown of an author's words that no HTML in them can swallow; what stands in backticks stays as it is. */
function plain(words: string): string {
	return words
		.split(/(`[^`\n]*`)/)
		.map((part, index) => (index % 2 === 1 ? part : part.replaceAll('<', '&lt;')))
		.join('');
}

function writeMigrations(migrations: readonly MigrationNote[]): string {
	if (migrations.length === 0) return '';
	const blocks = migrations.map(({id, title, phase, isReversible, documents, operator}) => {
		const facts = [
			phase,
			isReversible ? 'reversible' : 'not reversible',
			documents === undefined ? 'documents not estimated' : `about ${documents.toLocaleString('en')} documents`,
		];
		return `- \`${id}\` ${title} (${facts.join(', ')})${operator === undefined ? '' : `\n  - **You must:** ${operator}`}`;
	});
	return `## Migration steps\n\nRun by the release, after a verified backup and before the new version starts:\n\n${blocks.join('\n')}`;
}

function writeContributors(changes: readonly Change[]): string {
	const names = [
		...new Set(changes.map(({commit}) => commit.authorName).filter((name) => !/\[bot\]$/.test(name))),
	].sort((a, b) => a.localeCompare(b));
	return names.length === 0 ? '' : `**Contributors:** ${names.join(', ')}`;
}

function writeCompare({repositoryUrl, previousTag, tag}: NotesInput): string {
	if (repositoryUrl === undefined || previousTag === undefined) return '';
	return `**All changes:** ${repositoryUrl}/compare/${encodeURIComponent(previousTag)}...${encodeURIComponent(tag)}`;
}

function cutNotes(text: string, input: NotesInput): string {
	if (text.length <= MAX_NOTES_LENGTH) return text;
	const rest = `\n\n… cut: the notes are longer than GitHub takes. ${writeCompare(input)}\n`;
	const head = text.slice(0, MAX_NOTES_LENGTH - rest.length);
	return head.slice(0, head.lastIndexOf('\n')) + rest;
}

/** `https://host/owner/name` of a remote's address in any of git's forms; undefined for a folder or an unknown form. */
export function webUrlOf(remoteUrl: string | undefined): string | undefined {
	const match =
		/^(?:https?|ssh|git):\/\/(?:[^@/]+@)?(?<host>[^/:]+)(?::\d+)?\/(?<path>[^/]+\/[^/]+?)(?:\.git)?\/?$/.exec(
			remoteUrl ?? '',
		) ?? /^(?:[^@/]+@)?(?<host>[\w.-]+\.[\w-]+):(?<path>[^/]+\/[^/]+?)(?:\.git)?$/.exec(remoteUrl ?? '');
	const {host, path} = match?.groups ?? {};
	return host === undefined || path === undefined ? undefined : `https://${host}/${path}`;
}
