import {join} from 'node:path';
import type {Alerts} from '../../alert/open-alerts.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {durationMs, formatDuration} from '../../kernel/duration.js';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {ignoreOwnFolder} from '../../kernel/own-folder.js';
import {type FailOn, judgeTold, type SloCheck} from '../check.js';
import type {Told} from '../evidence.js';
import {openSource, type SourceChoice} from '../sources/open-source.js';
import type {Source} from '../sources/source.js';
import {MINUTE_MS, WINDOWS} from '../windows.js';
import {nextRecord} from './next-record.js';
import {newRecord, readRecord, type WatchRecord, writeRecord} from './record.js';
import {silenceTrouble, troublesOf} from './troubles.js';
import {watchData, watchLine, watchScreen} from './view.js';

export type WatchTerms = {
	readonly loaded: LoadedConfig;
	readonly source: SourceChoice;
	readonly forMs: number;
	/** Between two looks. */
	readonly everyMs: number;
	readonly failOn: FailOn;
	/** Begin anew where an earlier watch was interrupted. */
	readonly isNew: boolean;
	/** Who is told of what is wrong; nobody without it. */
	readonly alerts?: Pick<Alerts, 'observe' | 'tick' | 'close'> | undefined;
};

export type WatchResult = {
	readonly record: WatchRecord;
	/** Over what was watched; undefined where nobody ever answered. */
	readonly check: SloCheck | undefined;
	/** Ctrl-C, or a signal: the same command goes on. */
	readonly isInterrupted: boolean;
};

/** What is remembered is written at least so often. */
const WRITE_MS = 30_000;

/**
 * Looks at the objectives again and again, and tells what changes. What it remembers survives it: begun again before its
 * end, it goes on.
 * @throws SastaError where the very first look finds nobody to ask
 */
export async function watchSlo(terms: WatchTerms, host: Host): Promise<WatchResult> {
	const {loaded, everyMs, alerts} = terms;
	const file = join(loaded.root, '.sastaops', 'slo', 'watch.json');
	await ignoreOwnFolder(loaded.root);
	const periodMinutes = durationMs(loaded.config.slo.period) / MINUTE_MS;
	const source = openSource(terms.source, {loaded, periodMinutes}, host);
	let record = await beginRecord(file, terms, host);
	let check: SloCheck | undefined;
	let writtenMs = Number.NEGATIVE_INFINITY;
	try {
		while (!host.signal.aborted) {
			const look = await lookOnce(source, {isFirst: record.looks === 0}, host);
			const atMs = host.now();
			const watchedMinutes = Math.max(1, (atMs - record.startedMs) / MINUTE_MS);
			if (look.told !== undefined) {
				const windowMinutes = windowFor(look.told, watchedMinutes);
				check = judgeTold(look.told, {windowMinutes, periodMinutes, failOn: terms.failOn});
			}
			const {name} = loaded.config.shop;
			const judged = look.told === undefined ? [] : troublesOf(check?.objectives ?? [], name);
			const troubles = [...judged, silenceTrouble(name, look.why)];
			for (const {alert, seen} of troubles) alerts?.observe(alert, seen);
			const next = nextRecord(record, {atMs, told: look.told, troubles});
			record = next.record;
			const view = {record, check, atMs, news: next.news, why: look.why};
			const isNews = next.news.length > 0;
			host.emit({type: 'live', screen: watchScreen(view), line: watchLine(view), isNews, data: watchData(view)});
			await alerts?.tick();
			if (isNews || atMs - writtenMs >= WRITE_MS) {
				await writeRecord(file, record);
				writtenMs = atMs;
			}
			if (atMs >= record.untilMs) break;
			await host.sleep(Math.min(everyMs, record.untilMs - atMs), host.signal).catch(() => undefined);
		}
	} finally {
		await writeRecord(file, record);
		await alerts?.close();
	}
	return {record, check, isInterrupted: host.now() < record.untilMs};
}

async function beginRecord(file: string, {forMs, isNew}: WatchTerms, host: Host): Promise<WatchRecord> {
	const known = isNew ? undefined : await readRecord(file);
	if (known === undefined || known.untilMs <= host.now()) return newRecord(host.now(), forMs);
	const left = formatDuration(known.untilMs - host.now());
	host.emit({
		type: 'log',
		level: 'info',
		message: `Going on with the watch that was begun; ${left} left (--new begins anew)`,
	});
	return known;
}

/** No answer is a look too: the shop may be down. At the first look it is a mistake of the address, more likely. */
async function lookOnce(
	source: Source,
	{isFirst}: {isFirst: boolean},
	host: Host,
): Promise<{told?: Told; why?: string}> {
	try {
		return {told: await source.read()};
	} catch (error) {
		const isOutside = error instanceof SastaError && error.exitCode === EXIT.outside;
		if (!isOutside || isFirst) throw error;
		return {why: host.redact(errorMessage(error))};
	}
}

/** What was watched, or the next longer window that the source tells of. */
function windowFor({evidence}: Told, minutes: number): number {
	const isTold = (length: number) => evidence.some((one) => one.eventsOf(length) !== undefined);
	if (isTold(minutes)) return minutes;
	return WINDOWS.find((window) => window.minutes >= minutes && isTold(window.minutes))?.minutes ?? minutes;
}
