import {errorCode, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {lastWords, runProcess} from '../process.js';
import {dropStale, keepFile, type PreparedFile, prepareFile, readIfThere} from './nginx-file.js';
import {awaitGeneration, type RunningSplit, readRunning} from './nginx-running.js';
import {type NginxSplit, parseSplit, renderSplit} from './nginx-split.js';

export type NginxHost = Pick<
	Host,
	'cwd' | 'env' | 'signal' | 'now' | 'monotonicMs' | 'sleep' | 'randomHex' | 'redact' | 'fault'
>;

export type NginxSettings = {
	/** The split file, as an absolute path. */
	readonly file: string;
	/** Where the running nginx tells what it has loaded. */
	readonly status: string;
	readonly test: readonly string[];
	readonly reload: readonly string[];
	readonly title: string;
	/** For a new generation to answer. */
	readonly reloadTimeoutMs: number;
};

type Change = {
	readonly settings: NginxSettings;
	readonly split: NginxSplit;
	/** Undefined where there was no file. */
	readonly before: {readonly content: string; readonly kept: PreparedFile} | undefined;
	/** Goes to 0 %: what is on disk then stays there, whatever fails. */
	readonly isRevert: boolean;
	readonly host: NginxHost;
};

const COMMAND_TIMEOUT_MS = 30_000;

/**
 * Puts the split in place of the file, lets nginx test its whole configuration, reloads it and waits until it answers with
 * the new one. Where one of these fails the file is as it was, byte for byte; but a revert leaves its 0 % on disk.
 * @throws SastaError SPLITTER_REFUSED (it stays as it was), SPLITTER_UNPROVED
 */
export async function changeSplit(
	settings: NginxSettings,
	split: NginxSplit,
	{isRevert}: {isRevert: boolean},
	host: NginxHost,
): Promise<RunningSplit> {
	const {ours, next, before} = await prepareAll(settings, split, host);
	try {
		const change = {settings, split, before, isRevert, host};
		await putInPlace(ours, settings);
		await host.fault('nginx.put');
		const running = await load(change);
		await host.fault('nginx.loaded');
		await standBy(next, change);
		return running;
	} finally {
		for (const each of [ours, next, before?.kept]) await each?.drop();
	}
}

type Prepared = {
	readonly ours: PreparedFile;
	/** Stands by for the next reload, by whomever. */
	readonly next: PreparedFile;
	readonly before: Change['before'];
};

/** All on disk before anything changes: a full disk is met here, and not on the way back. */
async function prepareAll({file, title}: NginxSettings, split: NginxSplit, host: NginxHost): Promise<Prepared> {
	const made: PreparedFile[] = [];
	const prepare = async (content: string, name: string) => {
		const prepared = await prepareFile(file, content, `${split.generation}-${name}`);
		made.push(prepared);
		return prepared;
	};
	try {
		await dropStale(file, host.now());
		const ours = await prepare(renderSplit(split), 'now');
		const next = await prepare(renderSplit({...split, life: host.randomHex(8)}), 'next');
		const content = await readIfThere(file);
		if (content === undefined) return {ours, next, before: undefined};
		const kept = await keepFile(file, content, `${split.generation}-old`);
		return {ours, next, before: {content: content.toString(), kept}};
	} catch (cause) {
		for (const each of made) await each.drop();
		throw unwritable(file, title, cause);
	}
}

async function putInPlace(ours: PreparedFile, {file, title}: NginxSettings): Promise<void> {
	try {
		await ours.put();
	} catch (cause) {
		throw unwritable(file, title, cause);
	}
}

async function load(change: Change): Promise<RunningSplit> {
	const {settings, split, host} = change;
	const untested = await run(settings.test, host);
	if (untested !== undefined) {
		const isOurs = await takeBack(change);
		const isBrokenAnyway = isOurs && (await run(settings.test, host)) !== undefined;
		throw failed(change, `"${settings.test.join(' ')}" refuses the configuration`, [
			...untested,
			...(isBrokenAnyway ? ['It refuses it without our change too: the mistake is elsewhere in it'] : []),
		]);
	}
	await host.fault('nginx.tested');
	const unreloaded = await run(settings.reload, host);
	if (unreloaded === undefined) {
		await host.fault('nginx.reloaded');
		const {generation} = split;
		const wanted = {generation, timeoutMs: settings.reloadTimeoutMs};
		const running = await awaitGeneration(settings.status, wanted, host);
		if (running !== undefined) return running;
	}
	await goBack(change);
	const words = unreloaded
		? `"${settings.reload.join(' ')}" fails`
		: `nginx has not loaded the new split within ${settings.reloadTimeoutMs / 1000} s`;
	throw failed(change, words, unreloaded ?? ['Its error log says why']);
}

/** The end of what it printed where it fails. It is never cut short by a signal to us. */
async function run(argv: readonly string[], host: NginxHost): Promise<string[] | undefined> {
	try {
		const result = await runProcess(host, {argv, timeoutMs: COMMAND_TIMEOUT_MS, keep: 'end', uninterruptible: true});
		if (result.exitCode === 0) return undefined;
		const why = result.timedOut ? ['It did not end in time'] : [];
		return [...why, ...lastWords(`${result.stdout}\n${result.stderr}`, host)];
	} catch (error) {
		if (error instanceof SastaError) return [error.message];
		throw error;
	}
}

/** Puts the file back as it was, where it is still ours. @returns whether it did */
async function takeBack({settings: {file}, split, before, isRevert}: Change): Promise<boolean> {
	if (isRevert || before === undefined) return false;
	// Another hand's change, which may be a revert, is not undone.
	const found = await readIfThere(file);
	if (found?.toString() !== renderSplit(split)) return false;
	await before.kept.put();
	return true;
}

/** The file and, where nginx may have loaded the new one or may yet, nginx too. */
async function goBack(change: Change): Promise<void> {
	const {settings, split, before, host} = change;
	if (!(await takeBack(change))) return;
	const old = parseSplit(before?.content ?? '');
	await run(settings.reload, host);
	if (old === undefined) return;
	const wanted = {generation: old.generation, timeoutMs: Math.min(5000, settings.reloadTimeoutMs)};
	const isBack = (await awaitGeneration(settings.status, wanted, host)) !== undefined;
	if (isBack) return;
	const running = await readRunning(settings.status).catch(() => undefined);
	if (running !== undefined && running.split.generation !== split.generation) return;
	throw new SastaError('SPLITTER_UNPROVED', `${settings.title} does not tell which split it has now`, {
		exitCode: EXIT.outside,
		details: ['The file is as it was, and nginx was told to reload it'],
		hint: 'Look at its error log; "sastaops canary abort" takes the canary to 0 %',
	});
}

function failed({settings, isRevert, split}: Change, words: string, details: readonly string[]): SastaError {
	const left = isRevert
		? [
				`${settings.file} says 0 %, which the next reload takes up; until then the canary is served as before, its lease at most`,
			]
		: ['Traffic stays as it was, and the file as before byte for byte'];
	return new SastaError('SPLITTER_REFUSED', `${settings.title} did not take ${split.weight / 100} %: ${words}`, {
		exitCode: EXIT.outside,
		details: [...details, ...left],
		hint: isRevert
			? 'Mend its configuration, then: sastaops canary abort'
			: 'Mend what it says; "nginx -t" shows all of it',
	});
}

/** Without it a reload by another hand would not be told from ours; the split itself is in force. */
async function standBy(next: PreparedFile, {settings}: Change): Promise<void> {
	try {
		await next.put();
	} catch (cause) {
		throw new SastaError('SPLITTER_UNPROVED', `${settings.file} could not be written a second time`, {
			exitCode: EXIT.outside,
			cause,
			details: ['nginx has the new split'],
			hint: 'See who else writes there',
		});
	}
}

function unwritable(file: string, title: string, cause: unknown): unknown {
	const code = errorCode(cause);
	if (typeof code !== 'string') return cause;
	return new SastaError('SPLITTER_REFUSED', `${file} cannot be written (${code})`, {
		exitCode: EXIT.outside,
		cause,
		details: [`${title} stays as it was`],
		hint:
			code === 'ENOSPC'
				? 'Make room on its disk'
				: 'Let the user that runs sastaops write to its folder, which is for this file alone',
	});
}
