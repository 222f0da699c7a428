import {link, mkdir, open, readdir, readFile, rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {errorCode} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import {makeOwnFolder} from '../kernel/own-folder.js';
import type {StoredRecord} from './record.js';
import type {AlertStore} from './store.js';

/** Older states are kept while a slow process may still be about to write beside them. */
const KEPT_STATES = 20;
const MOST_ATTEMPTS = 100;

type State = {readonly number: number; readonly records: readonly StoredRecord[]};

/**
 * One file for each state of the whole, numbered, in a folder inside `.sastaops/`. A new one is made by `link`, which fails where that number is taken: so
 * two processes never overwrite each other's, and none leaves a lock behind when it is killed.
 */
export function openFileAlertStore(folder: string, host: Pick<Host, 'randomHex'>): AlertStore {
	const fileOf = (number: number) => join(folder, `${String(number).padStart(9, '0')}.json`);

	const readState = async (): Promise<State> => {
		for (let attempt = 1; ; attempt++) {
			const numbers = await listNumbers(folder);
			for (const number of numbers.toReversed()) {
				const records = await readRecords(fileOf(number));
				// The number to go on from is the highest, readable or not.
				if (records !== undefined) return {number: numbers.at(-1) ?? number, records};
			}
			// All that was listed was replaced meanwhile: look again.
			if (numbers.length === 0 || attempt >= MOST_ATTEMPTS) return {number: numbers.at(-1) ?? 0, records: []};
		}
	};

	/** False where somebody else has made the next state. */
	const writeState = async ({number, records}: State): Promise<boolean> => {
		await makeOwnFolder(dirname(folder));
		await mkdir(folder, {recursive: true, mode: 0o700});
		const partial = join(folder, `.${host.randomHex(6)}.partial`);
		try {
			await writeWhole(partial, `${JSON.stringify(records)}\n`);
			await link(partial, fileOf(number));
		} catch (error) {
			if (errorCode(error) === 'EEXIST') return false;
			throw error;
		} finally {
			await rm(partial, {force: true});
		}
		const numbers = await listNumbers(folder);
		// So long asleep that others have made this number and taken it away again: what we wrote is of the past.
		if ((numbers.at(-1) ?? 0) >= number + KEPT_STATES) {
			await rm(fileOf(number), {force: true});
			return false;
		}
		await Promise.all(
			numbers.filter((old) => old <= number - KEPT_STATES).map((old) => rm(fileOf(old), {force: true})),
		);
		return true;
	};

	const change = async <T>(
		make: (records: readonly StoredRecord[]) => {records: readonly StoredRecord[]; value: T} | T,
	) => {
		for (let attempt = 1; ; attempt++) {
			const {number, records} = await readState();
			const made = make(records);
			if (typeof made !== 'object' || made === null || !('records' in made)) return made as T;
			if (await writeState({number: number + 1, records: made.records})) return made.value;
			if (attempt >= MOST_ATTEMPTS) throw new Error(`${folder} is changed by others again and again`);
		}
	};

	return {
		title: folder,
		read: async () => (await readState()).records,
		write: (next) =>
			change((records) => {
				if ((records.find(({key}) => key === next.key)?.version ?? 0) !== next.version) return undefined;
				const value = {...next, version: next.version + 1};
				return {records: [...records.filter(({key}) => key !== next.key), value], value};
			}),
		remove: ({key, version}) =>
			change((records) => {
				const kept = records.filter((record) => record.key !== key || record.version !== version);
				return kept.length === records.length ? undefined : {records: kept, value: undefined};
			}),
	};
}

async function listNumbers(folder: string): Promise<number[]> {
	try {
		const names = await readdir(folder);
		return names.flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name, 10)] : [])).sort((a, b) => a - b);
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return [];
		throw error;
	}
}

/** Undefined where the file is gone, or no state. */
async function readRecords(file: string): Promise<readonly StoredRecord[] | undefined> {
	try {
		const records: unknown = JSON.parse(await readFile(file, 'utf8'));
		return Array.isArray(records) ? (records as StoredRecord[]) : undefined;
	} catch (error) {
		if (errorCode(error) === 'ENOENT' || error instanceof SyntaxError) return undefined;
		throw error;
	}
}

async function writeWhole(file: string, text: string): Promise<void> {
	const handle = await open(file, 'wx', 0o600);
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}
}
