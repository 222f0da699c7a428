import {readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {isSastaError} from '../../../kernel/errors.js';
import {openGit} from '../../../ports/git.js';
import {runProcess} from '../../../ports/process.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {findSecrets, secretKinds} from '../../secret-shapes.js';
import type {Finding} from '../../verdict.js';

/** One secret, by where it stands. */
export type RepositorySecret = {
	readonly kind: string;
	readonly file: string;
	/** In the file as it is now; of a commit that is no more than history, its id. */
	readonly place: {readonly line: number} | {readonly commit: string};
};

export type RepositorySecrets = {
	readonly secrets: readonly RepositorySecret[];
	readonly files: number;
	readonly commits: number;
	/** Why not all of the history was read; undefined when it was. */
	readonly unread: string | undefined;
};

/** Larger files hold data, not settings. */
const MAX_FILE_BYTES = 1_000_000;
const HISTORY_TIMEOUT_MS = 120_000;

export const supplySecrets = makeCheck<RepositorySecrets | undefined>({
	id: 'secrets.repo',
	group: 'supply',
	title: 'Neither the repository nor its history holds a secret',
	severity: 'critical',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	why: 'Whoever has cloned the repository once has its secrets for ever; taking them out of the newest commit changes nothing.',
	fix: 'make a new secret where it was made, and let the old one die; then take it out of the files',
	references: ['OWASP Secrets Management Cheat Sheet'],
	gather: gatherSecrets,
	judge: judgeSecrets,
});

export function judgeSecrets(found: RepositorySecrets | undefined): readonly Finding[] {
	if (found === undefined) return [{verdict: 'skip', reason: 'this is no git repository'}];
	const {secrets, files, commits, unread} = found;
	const findings = [...groupByPlace(secrets)].map(([subject, list]): Finding => {
		const isNow = list.some(({place}) => 'line' in place);
		return {
			verdict: 'fail',
			subject,
			reason: `a ${list[0]?.kind ?? 'secret'} ${isNow ? 'stands' : 'stood once'} in ${list[0]?.file ?? 'a file'}`,
			evidence: list
				.slice(0, 5)
				.map(({file, place}) =>
					'line' in place ? `${file}:${place.line}` : `${file} in commit ${place.commit.slice(0, 12)}`,
				),
		};
	});
	if (unread !== undefined)
		findings.push({verdict: 'inconclusive', reason: `the history was not read to its end: ${unread}`});
	return findings.length > 0
		? findings
		: [{verdict: 'pass', reason: `no secret in ${files} files and ${commits} commits`}];
}

function groupByPlace(secrets: readonly RepositorySecret[]): ReadonlyMap<string, readonly RepositorySecret[]> {
	const groups = new Map<string, RepositorySecret[]>();
	for (const secret of secrets) {
		const key = `${secret.file} (${secret.kind})`;
		groups.set(key, [...(groups.get(key) ?? []), secret]);
	}
	return groups;
}

async function gatherSecrets({loaded, host}: AuditContext): Promise<RepositorySecrets | undefined> {
	const git = await openGit(loaded.root, host).catch((error: unknown) => {
		if (isSastaError(error, 'NO_REPOSITORY')) return undefined;
		throw error;
	});
	if (git === undefined) return undefined;
	const listed = await runProcess(host, {argv: ['git', 'ls-files', '-z'], cwd: git.root, timeoutMs: 30_000});
	const names = listed.stdout.split('\0').filter((name) => name !== '' && isOfTheShop(name));
	const secrets: RepositorySecret[] = [];
	for (const file of names) {
		host.signal.throwIfAborted();
		for (const {kind, line} of findSecrets(await readText(join(git.root, file))))
			secrets.push({kind, file, place: {line}});
	}
	const history = await readHistory(git.root, host);
	const now = new Set(secrets.map(({file, kind}) => `${file}\0${kind}`));
	return {
		secrets: [...secrets, ...history.secrets.filter(({file, kind}) => !now.has(`${file}\0${kind}`))],
		files: names.length,
		commits: history.commits,
		unread: (await git.isShallow()) ? 'the clone is shallow (in GitHub Actions: fetch-depth: 0)' : history.unread,
	};
}

/** Every line that any commit of any branch has added, read as git prints it: memory does not grow with the history. */
async function readHistory(
	cwd: string,
	host: AuditContext['host'],
): Promise<{secrets: RepositorySecret[]; commits: number; unread: string | undefined}> {
	const secrets = new Map<string, RepositorySecret>();
	let commit = '';
	let file = '';
	let commits = 0;
	const onLine = (line: string) => {
		if (line.startsWith('\u0001')) {
			commit = line.slice(1);
			commits++;
		} else if (line.startsWith('+++ '))
			file = line
				.slice(4)
				.replace(/^"?b\//, '')
				.replace(/"$/, '');
		else if (line.startsWith('+') && isOfTheShop(file)) {
			for (const kind of secretKinds(line.slice(1))) {
				const key = `${file}\0${kind}`;
				if (!secrets.has(key)) secrets.set(key, {kind, file, place: {commit}});
			}
		}
	};
	const argv = [
		'git',
		'-c',
		'core.quotePath=false',
		'log',
		'--all',
		'--no-color',
		'--no-ext-diff',
		'--no-textconv',
		'--unified=0',
		'--patch',
		'--format=%x01%H',
	];
	const {exitCode, timedOut, stderr} = await runProcess(host, {
		argv,
		cwd,
		timeoutMs: HISTORY_TIMEOUT_MS,
		keep: 'end',
		onLine,
	});
	const why = timedOut ? 'it takes more than two minutes' : stderr.trim().split('\n')[0];
	return {
		secrets: [...secrets.values()],
		commits,
		unread: exitCode === 0 || (exitCode === 128 && commits === 0) ? undefined : why,
	};
}

/** Packages that are checked in, pictures and lock files hold digests and data that look like secrets, and are none. */
function isOfTheShop(file: string): boolean {
	return !/(?:^|\/)(?:node_modules|vendor|dist)\/|\.(?:png|jpe?g|gif|webp|avif|ico|pdf|woff2?|ttf|zip|gz|tgz|map|snap)$|(?:^|\/)(?:package-lock\.json|npm-shrinkwrap\.json|pnpm-lock\.yaml|yarn\.lock)$/.test(
		file,
	);
}

async function readText(path: string): Promise<string> {
	try {
		const {size} = await stat(path);
		if (size > MAX_FILE_BYTES) return '';
		const bytes = await readFile(path);
		return bytes.subarray(0, 8000).includes(0) ? '' : bytes.toString();
	} catch {
		// A link to nowhere, a file that is gone from the work tree: the history below holds it still.
		return '';
	}
}
