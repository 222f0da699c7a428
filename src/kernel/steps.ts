import {asInterruption, asOutsideError, errorMessage, isSastaError, SastaError} from './errors.js';
import {EXIT, type ExitCode} from './exit-codes.js';
import type {Host} from './host.js';
import type {Journal} from './journal/journal.js';
import type {JournalRecord} from './journal/record.js';

/** Plain values a step learned and later steps, or a resumed run, need: an object id, a release id. */
export type StepFacts = Readonly<Record<string, unknown>>;

/** What the world says of a step; the journal is never believed. */
export type Probe =
	| {readonly state: 'absent'}
	| {readonly state: 'done'; readonly facts?: StepFacts; readonly detail?: string}
	/** Somebody else's work stands where ours should: never touched. */
	| {readonly state: 'foreign'; readonly reason: string; readonly hint?: string};

export type Outcome = {readonly detail?: string; readonly facts?: StepFacts};

export type Step<Context> = {
	/** Data on disk: never rename one. */
	readonly name: string;
	title(context: Context): string;
	/** Looks at the world, and changes nothing. */
	probe(context: Context): Promise<Probe>;
	/** Acts. Must be safe to run again after a crash that left `probe` at `absent`. */
	apply(context: Context, note: Note): Promise<Outcome>;
	/** Takes it back; resolves to what was done, for the report. Missing where there is nothing to take back. */
	undo?(context: Context): Promise<string>;
};

/** Writes down a fact in the middle of a step, before the effect that depends on it. */
export type Note = (facts: StepFacts) => Promise<void>;

export type StepRun<Context> = {
	readonly steps: readonly Step<Context>[];
	readonly context: Context;
	readonly journal: Journal;
	readonly host: Pick<Host, 'emit' | 'fault' | 'monotonicMs' | 'signal'>;
	/** The two ways from an open run, as commands. @default sastaops release resume, or sastaops release abort */
	readonly ways?: string;
	/** Gets every fact as it is learned, so that `context` can offer it to later steps. */
	readonly learn: (step: string, facts: StepFacts) => void;
};

/**
 * Performs the steps in order: probe the world, write the intent, act, write the outcome. A step the world shows done is
 * only written down.
 * @throws SastaError STEP_CONFLICT on somebody else's work; INTERRUPTED between steps; what a step throws, with exit
 * code 5, since the run is open
 */
export async function runSteps<Context>(run: StepRun<Context>): Promise<void> {
	const {steps, context, host} = run;
	for (const [index, step] of steps.entries()) {
		if (host.signal.aborted)
			throw leavingOpen(host.signal.reason, {
				done: steps.slice(0, index),
				notBegun: steps.slice(index),
				ways: run.ways,
			});
		const place = {name: step.name, title: step.title(context), index: index + 1, total: steps.length};
		try {
			await performStep(step, place, run);
		} catch (error) {
			throw leavingOpen(asInterruption(error, host.signal), {
				done: steps.slice(0, index),
				notBegun: steps.slice(index + 1),
				ways: run.ways,
			});
		}
	}
}

type Place = {readonly name: string; readonly title: string; readonly index: number; readonly total: number};

async function performStep<Context>(step: Step<Context>, place: Place, run: StepRun<Context>): Promise<void> {
	const {context, journal, host, learn} = run;
	const probe = await step.probe(context);
	if (probe.state === 'foreign') throw conflict(step.name, probe.reason, probe.hint);
	if (probe.state === 'done') {
		const facts = probe.facts ?? {};
		learn(step.name, facts);
		if (!isDone(journal.records, step.name))
			await journal.append('done', {step: step.name, data: {facts, found: true}});
		host.emit({type: 'step', state: 'already', ...place, ...detailOf(probe)});
		return;
	}

	const startedMs = host.monotonicMs();
	host.emit({type: 'step', state: 'start', ...place});
	await journal.append('intent', {step: step.name});
	await host.fault(`${step.name}.before`);
	// Whoever slept here may have lost the lease since the intent was written.
	await journal.assertHeld();
	const outcome = await applyStep(step, place, {...run, startedMs});
	await host.fault(`${step.name}.after`);
	const facts = outcome.facts ?? {};
	learn(step.name, facts);
	const durationMs = Math.round(host.monotonicMs() - startedMs);
	await journal.append('done', {step: step.name, data: {facts, durationMs}});
	host.emit({type: 'step', state: 'done', ...place, durationMs, ...detailOf(outcome)});
}

async function applyStep<Context>(
	step: Step<Context>,
	place: Place,
	{context, journal, host, learn, startedMs}: StepRun<Context> & {readonly startedMs: number},
): Promise<Outcome> {
	const note: Note = async (facts) => {
		learn(step.name, facts);
		await journal.append('note', {step: step.name, data: {facts}});
	};
	try {
		return await step.apply(context, note);
	} catch (caught) {
		const error = asInterruption(caught, host.signal);
		const durationMs = Math.round(host.monotonicMs() - startedMs);
		host.emit({type: 'step', state: host.signal.aborted ? 'stopped' : 'failed', ...place, durationMs});
		// A journal that cannot be written is the error itself; writing to it again would hide it.
		if (!isSastaError(error, 'LEASE_LOST') && !isSastaError(error, 'JOURNAL_UNWRITABLE')) {
			await noteFailure(step.name, error, {journal, host});
		}
		throw error;
	}
}

/** Writes a failure down. One more failure to do so must not hide it: the probe will tell where the step stands. */
async function noteFailure(
	step: string,
	error: unknown,
	{journal, host}: Pick<StepRun<unknown>, 'journal' | 'host'>,
): Promise<void> {
	const code = isSastaError(error) ? error.code : 'UNEXPECTED';
	try {
		await journal.append('failed', {step, data: {code, message: errorMessage(error)}});
	} catch (lost) {
		host.emit({type: 'log', level: 'warn', message: `the failure could not be written down: ${errorMessage(lost)}`});
	}
}

function detailOf({detail}: {readonly detail?: string}): {readonly detail?: string} {
	return detail === undefined ? {} : {detail};
}

/** Exit codes that say "nothing was changed", which is no longer so inside a run. */
const UNTRUE_INSIDE: readonly ExitCode[] = [EXIT.usage, EXIT.refused, EXIT.outside, EXIT.no];

type Named = {readonly name: string};

const RELEASE_WAYS = 'sastaops release resume, or sastaops release abort';

/** An error as it is told while a run is open: what is done, what was not begun, and the two ways from here. */
function leavingOpen(
	caught: unknown,
	{done, notBegun, ways = RELEASE_WAYS}: {done: readonly Named[]; notBegun: readonly Named[]; ways: string | undefined},
): unknown {
	const error = asOutsideError(caught);
	if (!isSastaError(error) || error.code === 'LEASE_LOST') return error;
	const {code, message, exitCode} = error;
	const names = (steps: readonly Named[]) => steps.map(({name}) => name).join(', ');
	return new SastaError(code, message, {
		exitCode: UNTRUE_INSIDE.includes(exitCode) ? EXIT.stopped : exitCode,
		cause: error,
		details: [
			...error.details,
			...(done.length > 0 ? [`done:      ${names(done)}`] : []),
			...(notBegun.length > 0 ? [`not begun: ${names(notBegun)}`] : []),
		],
		hint: error.hint === undefined || code === 'INTERRUPTED' ? `Go on or go back: ${ways}` : withWays(error.hint, ways),
	});
}

function withWays(hint: string, ways: string): string {
	return /\bresume\b|\babort\b/.test(hint) ? hint : `${hint}; then: ${ways}`;
}

export type Undone = {readonly step: string; readonly title: string; readonly what: string};

/** Takes back, last first, every step that was begun; steps without `undo` are passed over. */
export async function undoSteps<Context>({
	steps,
	context,
	journal,
	host,
	ways,
}: Omit<StepRun<Context>, 'learn'>): Promise<Undone[]> {
	const undone: Undone[] = [];
	for (const [index, step] of [...steps.entries()].reverse()) {
		if (!step.undo || !wasBegun(journal.records, step.name)) continue;
		const title = step.title(context);
		const earlier = undoneEarlier(journal.records, step.name);
		if (earlier !== undefined) {
			// What it stood on may be gone by now: never twice.
			undone.push({step: step.name, title, what: earlier});
			continue;
		}
		await journal.append('undo', {step: step.name});
		await host.fault(`${step.name}.undo.before`);
		await journal.assertHeld();
		const what = await step.undo(context).catch((error: unknown) => {
			throw leavingOpen(asInterruption(error, host.signal), {done: [], notBegun: [], ways});
		});
		await host.fault(`${step.name}.undo.after`);
		await journal.append('undone', {step: step.name, data: {what}});
		host.emit({
			type: 'step',
			state: 'undone',
			name: step.name,
			title,
			index: index + 1,
			total: steps.length,
			detail: what,
		});
		undone.push({step: step.name, title, what});
	}
	return undone;
}

/** What an abort that was cut did about a step; undefined when it did not come that far. */
function undoneEarlier(records: readonly JournalRecord[], step: string): string | undefined {
	const last = records.findLast((record) => record.step === step && record.type !== 'note');
	return last?.type === 'undone' ? String(last.data?.['what']) : undefined;
}

/** Whether a step's intent, or its being found done, was ever written. */
export function wasBegun(records: readonly JournalRecord[], step: string): boolean {
	return records.some((record) => record.step === step && (record.type === 'intent' || record.type === 'done'));
}

/** Whether the last word on a step is that it is done. */
export function isDone(records: readonly JournalRecord[], step: string): boolean {
	return records.findLast((record) => record.step === step && record.type !== 'note')?.type === 'done';
}

/** All facts a journal holds of one step, later ones over earlier ones. */
export function factsOf(records: readonly JournalRecord[], step: string): StepFacts {
	const facts = records.filter((record) => record.step === step && (record.type === 'done' || record.type === 'note'));
	return Object.assign({}, ...facts.map(({data}) => (data?.['facts'] ?? {}) as StepFacts)) as StepFacts;
}

function conflict(
	step: string,
	reason: string,
	hint = 'Look at it, then: sastaops release resume, or release abort',
): SastaError {
	return new SastaError('STEP_CONFLICT', reason, {exitCode: EXIT.stopped, details: [`step: ${step}`], hint});
}
