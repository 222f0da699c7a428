import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {SastaError} from '../../../src/kernel/errors.js';
import {
	createJournal,
	type Journal,
	journalFile,
	peekJournal,
	reopenJournal,
} from '../../../src/kernel/journal/journal.js';
import type {Mirror} from '../../../src/kernel/journal/mirror.js';
import {findOpenRun, listRuns} from '../../../src/kernel/journal/open-run.js';
import {readJournal} from '../../../src/kernel/journal/record.js';
import type {Lease} from '../../../src/kernel/lease.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {makeMemoryMirror} from './memory-mirror.js';
import {makeLines, textOf} from './sample.js';

const RUN = '20261124T140322-1.2.0-4f2c91';

function makeLease(isHeld: () => boolean = () => true): Lease {
	return {
		holder: {id: 'x', host: 'h', pid: 1, pidStartedAt: '1', command: 'c', url: undefined, since: 0},
		token: 7,
		assertHeld: async () => {
			if (!isHeld()) throw new SastaError('LEASE_LOST', 'lost');
		},
		release: async () => undefined,
	};
}

function terms(folder: string, mirror?: Mirror, lease = makeLease()) {
	return {folder, run: RUN, lease, mirror};
}

async function closing(journal: Promise<Journal>): Promise<Journal> {
	const opened = await journal;
	onTestFinished(() => opened.close());
	return opened;
}

const create = (folder: string, mirror?: Mirror, host = makeTestHost()) =>
	closing(createJournal(terms(folder, mirror), host));
const reopen = (folder: string, mirror?: Mirror, host = makeTestHost()) =>
	closing(reopenJournal(terms(folder, mirror), host));

async function linesOf(folder: string): Promise<string[]> {
	return readJournal(await readFile(journalFile(folder, RUN)), RUN).lines.slice();
}

/** A folder whose journal holds these lines. */
async function folderWith(lines: readonly string[], tail = ''): Promise<string> {
	const folder = await temporaryFolder();
	await writeFile(journalFile(folder, RUN), textOf(lines) + tail);
	return folder;
}

describe('a new journal', () => {
	it('is readable by its owner alone, and holds a chained record for each append', async () => {
		const folder = join(await temporaryFolder(), 'deep', 'runs');
		const journal = await create(folder);
		await journal.append('begin', {data: {plan: 1}});
		await journal.append('intent', {step: 'backup'});
		expect((await stat(journalFile(folder, RUN))).mode & 0o777).toBe(0o600);
		expect((await stat(folder)).mode & 0o777).toBe(0o700);
		expect(readJournal(await readFile(journalFile(folder, RUN)), RUN).records).toMatchObject([
			{seq: 0, token: 7, type: 'begin', data: {plan: 1}},
			{seq: 1, token: 7, type: 'intent', step: 'backup'},
		]);
	});

	it('never overwrites another', async () => {
		const folder = await folderWith(makeLines(['begin']));
		await expect(create(folder)).rejects.toMatchObject({code: 'JOURNAL_UNWRITABLE'});
		expect(await linesOf(folder)).toHaveLength(1);
	});

	it('says so when it cannot be written', async () => {
		const folder = await temporaryFolder();
		await writeFile(join(folder, 'runs'), 'a file where the folder should be');
		await expect(create(join(folder, 'runs'))).rejects.toMatchObject({code: 'JOURNAL_UNWRITABLE', exitCode: 4});
	});

	it('writes nothing once the lease is lost', async () => {
		const folder = await temporaryFolder();
		let isHeld = true;
		const journal = await closing(
			createJournal(
				terms(
					folder,
					undefined,
					makeLease(() => isHeld),
				),
				makeTestHost(),
			),
		);
		await journal.append('begin');
		isHeld = false;
		await expect(journal.append('intent', {step: 'push'})).rejects.toMatchObject({code: 'LEASE_LOST'});
		expect(await linesOf(folder)).toHaveLength(1);
	});

	it('masks secrets before they reach the disk, also those with quotes', async () => {
		const folder = await temporaryFolder();
		const host = makeTestHost();
		host.addSecret('hunter"22\\');
		const journal = await create(folder, undefined, host);
		await journal.append('failed', {step: 'deploy', data: {message: 'said hunter"22\\', nested: [{u: 'a://b:c@d'}]}});
		const text = await readFile(journalFile(folder, RUN), 'utf8');
		expect(text).not.toContain('hunter');
		expect(journal.records[0]?.data).toEqual({message: 'said ***', nested: [{u: 'a://b:***@d'}]});
		expect(readJournal(Buffer.from(text), RUN).records).toEqual(journal.records);
	});
});

describe('the mirror', () => {
	it('has every record that the file has', async () => {
		const mirror = makeMemoryMirror();
		const folder = await temporaryFolder();
		const journal = await create(folder, mirror);
		for (const type of ['begin', 'intent', 'done'] as const) await journal.append(type);
		expect(mirror.lines).toEqual(await linesOf(folder));
	});

	it('gets what it missed before the next record, so that there is never a gap', async () => {
		const mirror = makeMemoryMirror();
		const folder = await temporaryFolder();
		const journal = await create(folder, mirror);
		await journal.append('begin');
		mirror.fail(1);
		await expect(journal.append('intent', {step: 'backup'})).rejects.toThrow('connection lost');
		await journal.append('failed', {step: 'backup'});
		expect(mirror.lines).toEqual(await linesOf(folder));
		expect(mirror.lines).toHaveLength(3);
	});

	it('gets, when the journal is opened again, what it missed', async () => {
		const lines = makeLines(['begin', 'intent', 'done']);
		const mirror = makeMemoryMirror(lines.slice(0, 1));
		await reopen(await folderWith(lines), mirror);
		expect(mirror.lines).toEqual(lines);
	});
});

describe('a journal opened again', () => {
	it('goes on where it ended', async () => {
		const folder = await folderWith(makeLines(['begin', 'intent']));
		const journal = await reopen(folder);
		await journal.append('done', {step: 'backup'});
		expect(readJournal(await readFile(journalFile(folder, RUN)), RUN).records.map(({type}) => type)).toEqual([
			'begin',
			'intent',
			'done',
		]);
	});

	it('keeps a torn tail beside it, cuts it off, and goes on', async () => {
		const lines = makeLines(['begin', 'intent']);
		const folder = await folderWith(lines, '{"seq":2,"pre');
		const journal = await reopen(folder);
		await journal.append('done');
		expect((await linesOf(folder)).slice(0, 2)).toEqual(lines);
		expect(await readFile(`${journalFile(folder, RUN)}.torn`, 'utf8')).toBe(`${textOf(lines)}{"seq":2,"pre`);
		expect((await listRuns(folder, undefined)).map(({run}) => run)).toEqual([RUN]);
	});

	it('takes from the mirror what the file lacks, or the whole of it on another machine', async () => {
		const lines = makeLines(['begin', 'intent', 'done']);
		for (const here of [0, 1, 3]) {
			const folder = here === 0 ? join(await temporaryFolder(), 'runs') : await folderWith(lines.slice(0, here));
			const journal = await reopen(folder, makeMemoryMirror([...lines]));
			expect(journal.records).toHaveLength(3);
			expect(await linesOf(folder)).toEqual(lines);
		}
	});

	it('refuses when file and mirror tell two stories, and changes neither', async () => {
		const here = makeLines(['begin', 'intent', 'done'], 'a');
		const there = makeLines(['begin', 'intent', 'failed', 'end'], 'b');
		const folder = await folderWith(here);
		const mirror = makeMemoryMirror([...there]);
		await expect(reopen(folder, mirror)).rejects.toMatchObject({code: 'JOURNAL_DIVERGED', exitCode: 4});
		expect(await linesOf(folder)).toEqual(here);
		expect(mirror.lines).toEqual(there);
	});

	it('never lets a damaged mirror spoil a sound file', async () => {
		const lines = makeLines(['begin', 'intent', 'done', 'end']);
		const folder = await folderWith(lines.slice(0, 2));
		const mirror = makeMemoryMirror(lines.with(2, `${lines[2]?.slice(0, -3)}x"}`));
		await expect(reopen(folder, mirror)).rejects.toMatchObject({
			code: 'JOURNAL_DAMAGED',
			message: expect.stringContaining('in the state database'),
		});
		expect(await linesOf(folder)).toEqual(lines.slice(0, 2));
	});

	it('cannot be one with damage in its middle', async () => {
		const lines = makeLines(['begin', 'intent', 'done']);
		const folder = await folderWith(lines.with(1, (lines[1] ?? '').replace('step-1', 'step-9')));
		await expect(reopen(folder)).rejects.toMatchObject({code: 'JOURNAL_DAMAGED'});
	});
});

describe('looking without touching', () => {
	it('reads whichever of file and mirror tells more', async () => {
		const lines = makeLines(['begin', 'intent', 'done']);
		const folder = await folderWith(lines.slice(0, 2));
		const peek = async (mirrored: string[]) => (await peekJournal(folder, RUN, makeMemoryMirror(mirrored)))?.lines;
		expect(await peek([])).toHaveLength(2);
		expect(await peek(lines.slice(0, 1))).toHaveLength(2);
		expect(await peek(lines)).toHaveLength(3);
		expect(await peekJournal(folder, 'another', makeMemoryMirror())).toBeUndefined();
	});

	it('finds the run that has begun and not ended; one whose first record was torn has begun nothing', async () => {
		const folder = await temporaryFolder();
		await writeFile(journalFile(folder, '1-ended'), textOf(makeLines(['begin', 'end'])));
		await writeFile(journalFile(folder, '3-torn'), (makeLines(['begin'])[0] ?? '').slice(0, 30));
		await writeFile(journalFile(folder, '4-empty'), '');
		expect(await findOpenRun(folder, undefined)).toBeUndefined();
		await writeFile(journalFile(folder, '2-open'), textOf(makeLines(['begin', 'intent'])));
		expect(await findOpenRun(folder, undefined)).toMatchObject({run: '2-open', isHere: true});
	});

	it('of a folder that is not there finds nothing', async () => {
		expect(await listRuns(join(await temporaryFolder(), 'none'), undefined)).toEqual([]);
	});
});

it('a full disk stops the run at once, and resume goes on when there is room', async () => {
	// A stand-in for a full disk that needs no mount: a file system error from the fault hook, at the write itself.
	const folder = await temporaryFolder();
	let isFull = false;
	const host = makeTestHost({
		fault: async (point) => {
			if (isFull && point === 'journal.write') throw Object.assign(new Error('no space left'), {code: 'ENOSPC'});
		},
	});
	const journal = await create(folder, undefined, host);
	await journal.append('begin');
	isFull = true;
	await expect(journal.append('intent')).rejects.toMatchObject({
		code: 'JOURNAL_UNWRITABLE',
		exitCode: 5,
		hint: expect.stringContaining('resume'),
	});
	expect(journal.records).toHaveLength(1);
	isFull = false;
	const again = await reopen(folder);
	await again.append('intent');
	expect(await linesOf(folder)).toHaveLength(2);
});
