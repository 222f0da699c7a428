import {mkdir} from 'node:fs/promises';
import {dirname} from 'node:path';
import * as z from 'zod';
import {writeFileDurably} from '../../kernel/durable-file.js';
import {readIfThere} from '../../kernel/read-if-there.js';

const sample = z.object({
	atMs: z.number(),
	/** By objective: bad and all events of the last five minutes; null where nobody knows. */
	counts: z.record(z.string(), z.tuple([z.number(), z.number()]).nullable()),
});

const happening = z.object({
	atMs: z.number(),
	severity: z.enum(['critical', 'warning', 'info']),
	text: z.string(),
});

const record = z.object({
	version: z.literal(1),
	startedMs: z.number(),
	untilMs: z.number(),
	looks: z.number(),
	/** Looks at which nobody told anything. */
	silentLooks: z.number(),
	/** Keys of what is wrong now, and since when. */
	firing: z.record(z.string(), z.number()),
	/** Whether anything critical was ever wrong. */
	hadCritical: z.boolean(),
	samples: z.array(sample),
	/** Samples are at least so far apart. */
	spacingMs: z.number(),
	happenings: z.array(happening),
});

/** All that a watch remembers: it grows with what happens, not with how long it goes on. */
export type WatchRecord = z.output<typeof record>;
export type WatchSample = z.output<typeof sample>;
export type Happening = z.output<typeof happening>;

const MOST_SAMPLES = 600;
const MOST_HAPPENINGS = 500;

export function newRecord(startedMs: number, forMs: number): WatchRecord {
	return {
		version: 1,
		startedMs,
		untilMs: startedMs + forMs,
		looks: 0,
		silentLooks: 0,
		firing: {},
		hadCritical: false,
		samples: [],
		spacingMs: 0,
		happenings: [],
	};
}

/** With one sample more; of too many every other one goes, and the next come half as often. */
export function addSample(samples: readonly WatchSample[], spacingMs: number, next: WatchSample) {
	const last = samples.at(-1);
	if (last !== undefined && next.atMs - last.atMs < spacingMs) return {samples: [...samples], spacingMs};
	const all = [...samples, next];
	if (all.length <= MOST_SAMPLES) return {samples: all, spacingMs};
	const kept = all.filter((_, index) => index % 2 === 0);
	const [first] = kept;
	const span = next.atMs - (first?.atMs ?? next.atMs);
	return {samples: kept, spacingMs: Math.max(spacingMs, Math.floor(span / kept.length))};
}

/** The oldest are forgotten when too much happens; that much is said. */
export function addHappenings(known: readonly Happening[], news: readonly Happening[]): Happening[] {
	return [...known, ...news].slice(-MOST_HAPPENINGS);
}

/** Undefined where no watch is under way, or what is there is none. */
export async function readRecord(file: string): Promise<WatchRecord | undefined> {
	const text = await readIfThere(file);
	try {
		return record.safeParse(JSON.parse(text ?? 'null')).data;
	} catch (error) {
		if (error instanceof SyntaxError) return undefined;
		throw error;
	}
}

export async function writeRecord(file: string, content: WatchRecord): Promise<void> {
	await mkdir(dirname(file), {recursive: true, mode: 0o700});
	await writeFileDurably(file, JSON.stringify(content));
}
