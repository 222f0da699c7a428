import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {LeaseHolder, LeaseState, LeaseStore} from '../kernel/lease.js';
import type {Git} from './git.js';

const REF = 'refs/sastaops/lease';

/** Two machines' clocks may differ by this much before one takes the other's live lease. */
const CLOCK_ALLOWANCE_MS = 60_000;

/** A step writes its intent and acts at once: who was seen to hold the lease a moment ago still does. */
const FRESH_MS = 1000;

type LeaseDocument = {readonly token: number; readonly expiresAt: number; readonly holder: LeaseHolder | null};

/**
 * The lease of a shop without a database: a ref on the git remote, changed by compare-and-swap
 * (`--force-with-lease`). A remote has no clock to ask, so expiry is by the holder's, with a minute's allowance.
 */
export function openGitLease(
	git: Git,
	remote: string,
	host: Pick<Host, 'now' | 'monotonicMs' | 'randomHex'>,
): LeaseStore {
	/** What was last read or written: an object id can mean nothing else, so that only an unknown one is fetched. */
	let known: {objectId: string; document: LeaseDocument} | undefined;
	let emptyTree: Promise<string> | undefined;
	/** When the remote was last asked, and said `known`. */
	let seenAtMs = Number.NEGATIVE_INFINITY;

	const readRef = async (): Promise<string | undefined> => {
		const askedAtMs = host.monotonicMs();
		const objectId = (await git.lsRemote(remote, [REF])).get(REF);
		seenAtMs = objectId === known?.objectId ? askedAtMs : Number.NEGATIVE_INFINITY;
		return objectId;
	};

	const read = async (): Promise<{objectId: string; document: LeaseDocument} | undefined> => {
		const objectId = await readRef();
		if (objectId === undefined) return undefined;
		if (known?.objectId === objectId) return known;
		await git.run(['fetch', '--quiet', '--no-tags', '--no-write-fetch-head', remote, REF]);
		const {stdout} = await git.run(['cat-file', 'commit', objectId]);
		known = {objectId, document: JSON.parse(stdout.slice(stdout.indexOf('\n\n') + 2)) as LeaseDocument};
		return known;
	};

	/** Whether the remote holds our object afterwards; the push's own words are not asked. */
	const swap = async (expected: string, document: LeaseDocument): Promise<boolean> => {
		emptyTree ??= writeEmptyTree(git);
		const objectId = await writeCommit(git, await emptyTree, JSON.stringify({...document, nonce: host.randomHex(8)}));
		await git.push({remote, refspecs: [`${objectId}:${REF}`], leases: [{ref: REF, expected}]});
		known = {objectId, document};
		return (await readRef()) === objectId;
	};

	const take = async (current: Awaited<ReturnType<typeof read>>, holder: LeaseHolder, ttlMs: number) => {
		const token = (current?.document.token ?? 0) + 1;
		return (await swap(current?.objectId ?? '', {token, expiresAt: host.now() + ttlMs, holder})) ? {token} : undefined;
	};
	const isOurs = (document: LeaseDocument | undefined, id: string, token: number) =>
		document?.token === token && document.holder?.id === id;

	return {
		read: async (): Promise<LeaseState | undefined> => {
			const current = await read();
			if (!current) return undefined;
			const remainingMs =
				current.document.holder === null ? 0 : current.document.expiresAt + CLOCK_ALLOWANCE_MS - host.now();
			return {
				holder: remainingMs > 0 ? (current.document.holder ?? undefined) : undefined,
				token: current.document.token,
				remainingMs,
			};
		},
		acquire: async (holder, ttlMs) => {
			const current = await read();
			const isFree =
				!current || current.document.holder === null || current.document.expiresAt + CLOCK_ALLOWANCE_MS <= host.now();
			return isFree ? take(current, holder, ttlMs) : undefined;
		},
		takeOver: async (fromToken, holder, ttlMs) => {
			const current = await read();
			return current?.document.token === fromToken ? take(current, holder, ttlMs) : undefined;
		},
		renew: async (id, token, ttlMs) => {
			const current = await read();
			return (
				current !== undefined &&
				isOurs(current.document, id, token) &&
				swap(current.objectId, {...current.document, expiresAt: host.now() + ttlMs})
			);
		},
		check: async (id, token) => {
			const isFresh = host.monotonicMs() - seenAtMs < FRESH_MS;
			return isOurs((isFresh ? known : await read())?.document, id, token);
		},
		release: async (id, token) => {
			const current = await read();
			if (current && isOurs(current.document, id, token))
				await swap(current.objectId, {token, expiresAt: 0, holder: null});
		},
	};
}

async function writeEmptyTree(git: Git): Promise<string> {
	const {stdout} = await git.run(['hash-object', '-t', 'tree', '-w', '--stdin'], {input: ''});
	return stdout.trim();
}

/** A commit of the empty tree that carries a message and nothing else; no ref here names it. */
async function writeCommit(git: Git, emptyTree: string, message: string): Promise<string> {
	const author = {
		GIT_AUTHOR_NAME: 'sastaops',
		GIT_AUTHOR_EMAIL: 'sastaops@localhost',
		GIT_COMMITTER_NAME: 'sastaops',
		GIT_COMMITTER_EMAIL: 'sastaops@localhost',
	};
	const {exitCode, stdout, stderr} = await git.run(['commit-tree', '--no-gpg-sign', emptyTree], {
		input: message,
		env: author,
	});
	if (exitCode !== 0)
		throw new SastaError('LEASE_UNWRITABLE', 'git could not write the lease', {
			exitCode: EXIT.outside,
			details: [stderr],
		});
	return stdout.trim();
}
