import {describe, expect, it} from 'vitest';
import {SastaError} from '../../src/kernel/errors.js';
import type {Journal} from '../../src/kernel/journal/journal.js';
import type {JournalRecord} from '../../src/kernel/journal/record.js';
import {factsOf, isDone, runSteps, type Step, undoSteps, wasBegun} from '../../src/kernel/steps.js';
import {makeTestHost} from '../support/host.js';

type World = {readonly done: Set<string>; readonly log: string[]};

function makeJournal(): Journal {
	const records: JournalRecord[] = [];
	return {
		run: 'r',
		records,
		append: async (type, entry = {}) =>
			void records.push({seq: records.length, prev: '', token: 1, at: 0, type, ...entry}),
		assertHeld: async () => undefined,
		close: async () => undefined,
	};
}

function makeStep(name: string, extra: Partial<Step<World>> = {}): Step<World> {
	return {
		name,
		title: () => `do ${name}`,
		probe: async ({done}) => (done.has(name) ? {state: 'done', facts: {found: name}} : {state: 'absent'}),
		apply: async ({done, log}) => {
			log.push(name);
			done.add(name);
			return {facts: {made: name}};
		},
		undo: async ({done}) => {
			done.delete(name);
			return `${name} is taken back`;
		},
		...extra,
	};
}

function scene(done: string[] = []) {
	const context: World = {done: new Set(done), log: []};
	const journal = makeJournal();
	const host = makeTestHost();
	const learned: [string, object][] = [];
	const learn = (step: string, facts: object) => void learned.push([step, facts]);
	const written = () => journal.records.map(({type, step}) => `${type} ${step}`);
	return {context, journal, host, learn, learned, written};
}

describe('runSteps', () => {
	it('writes the intention, acts, and writes the outcome, step by step', async () => {
		const {context, journal, host, learn, written} = scene();
		const seenAtApply: string[][] = [];
		const step = makeStep('a', {
			apply: async () => {
				seenAtApply.push(written());
				return {};
			},
		});
		await runSteps({steps: [step, makeStep('b')], context, journal, host, learn});
		expect(seenAtApply).toEqual([['intent a']]);
		expect(written()).toEqual(['intent a', 'done a', 'intent b', 'done b']);
	});

	it('does not do again what the world shows done, and writes it down once', async () => {
		const {context, journal, host, learn, learned, written} = scene(['a']);
		for (let run = 0; run < 2; run++) await runSteps({steps: [makeStep('a')], context, journal, host, learn});
		expect(context.log).toEqual([]);
		expect(written()).toEqual(['done a']);
		expect(learned[0]).toEqual(['a', {found: 'a'}]);
	});

	it('does again what the journal says is done and the world does not show', async () => {
		const {context, journal, host, learn} = scene();
		await journal.append('intent', {step: 'a'});
		await journal.append('done', {step: 'a'});
		await runSteps({steps: [makeStep('a')], context, journal, host, learn});
		expect(context.log).toEqual(['a']);
	});

	it('stops at somebody else’s work before any effect', async () => {
		const {context, journal, host, learn, written} = scene();
		const foreign = makeStep('a', {probe: async () => ({state: 'foreign', reason: 'not ours'})});
		await expect(runSteps({steps: [foreign], context, journal, host, learn})).rejects.toMatchObject({
			code: 'STEP_CONFLICT',
			exitCode: 5,
			message: 'not ours',
		});
		expect(written()).toEqual([]);
	});

	it('writes a failure down, and stops', async () => {
		const {context, journal, host, learn, written} = scene();
		const broken = makeStep('a', {apply: () => Promise.reject(new SastaError('NO_ROOM', 'full'))});
		await expect(runSteps({steps: [broken, makeStep('b')], context, journal, host, learn})).rejects.toThrow('full');
		expect(written()).toEqual(['intent a', 'failed a']);
		expect(journal.records.at(-1)?.data).toMatchObject({code: 'NO_ROOM', message: 'full'});
	});

	it('keeps the failure when the journal cannot take it any more', async () => {
		const {context, journal, host, learn} = scene();
		let isGone = false;
		const lost: Journal = {
			...journal,
			append: async (...record) => {
				if (isGone) throw new Error('the state database is gone');
				return journal.append(...record);
			},
		};
		const broken = makeStep('a', {
			apply: async () => {
				isGone = true;
				throw new SastaError('NO_ROOM', 'full');
			},
		});
		await expect(runSteps({steps: [broken], context, journal: lost, host, learn})).rejects.toMatchObject({
			code: 'NO_ROOM',
		});
	});

	it('does nothing once the lease was lost between the intention and the effect', async () => {
		const {context, journal, host, learn, written} = scene();
		const lost: Journal = {...journal, assertHeld: () => Promise.reject(new SastaError('LEASE_LOST', 'lost'))};
		await expect(runSteps({steps: [makeStep('a')], context, journal: lost, host, learn})).rejects.toMatchObject({
			code: 'LEASE_LOST',
		});
		expect(context.log).toEqual([]);
		expect(written()).toEqual(['intent a']);
	});

	it.each(['LEASE_LOST', 'JOURNAL_UNWRITABLE'])('writes nothing more after %s', async (code) => {
		const {context, journal, host, learn, written} = scene();
		const broken = makeStep('a', {apply: () => Promise.reject(new SastaError(code, 'over'))});
		await expect(runSteps({steps: [broken], context, journal, host, learn})).rejects.toMatchObject({code});
		expect(written()).toEqual(['intent a']);
	});

	it('begins no further step once told to stop', async () => {
		const stop = new AbortController();
		const {context, journal, learn, written} = scene();
		const host = makeTestHost({signal: stop.signal});
		const last = makeStep('a', {
			apply: async () => {
				stop.abort(new SastaError('INTERRUPTED', 'Interrupted'));
				return {};
			},
		});
		await expect(runSteps({steps: [last, makeStep('b')], context, journal, host, learn})).rejects.toMatchObject({
			code: 'INTERRUPTED',
		});
		expect(written()).toEqual(['intent a', 'done a']);
	});

	it('writes a note before the effect that depends on it', async () => {
		const {context, journal, host, learn, learned} = scene();
		const noting = makeStep('a', {
			apply: async (_world, note) => {
				await note({id: 7});
				throw new Error('cut');
			},
		});
		await expect(runSteps({steps: [noting], context, journal, host, learn})).rejects.toThrow('cut');
		expect(factsOf(journal.records, 'a')).toEqual({id: 7});
		expect(learned).toEqual([['a', {id: 7}]]);
	});
});

describe('undoSteps', () => {
	it('takes back what was begun, last first, and nothing else', async () => {
		const {context, journal, host, learn, written} = scene();
		const {undo: _none, ...without} = makeStep('b');
		const steps: Step<World>[] = [makeStep('a'), without, makeStep('c'), makeStep('d')];
		await runSteps({steps: steps.slice(0, 3), context, journal, host, learn});
		const before = written().length;
		const undone = await undoSteps({steps, context, journal, host});
		expect(undone.map(({step}) => step)).toEqual(['c', 'a']);
		expect(written().slice(before)).toEqual(['undo c', 'undone c', 'undo a', 'undone a']);
		expect([...context.done]).toEqual(['b']);
	});

	it('run again after a cut does the same again', async () => {
		const {context, journal, host, learn} = scene();
		let cuts = 1;
		const steps = [
			makeStep('a', {
				undo: async ({done}) => {
					if (cuts-- > 0) throw new Error('cut');
					done.delete('a');
					return 'gone';
				},
			}),
			makeStep('b'),
		];
		await runSteps({steps, context, journal, host, learn});
		await expect(undoSteps({steps, context, journal, host})).rejects.toThrow('cut');
		expect((await undoSteps({steps, context, journal, host})).map(({step}) => step)).toEqual(['b', 'a']);
		expect(context.done.size).toBe(0);
	});
});

describe('what the records say', () => {
	const record = (type: JournalRecord['type'], step: string, facts = {}): JournalRecord => ({
		seq: 0,
		prev: '',
		token: 1,
		at: 0,
		type,
		step,
		data: {facts},
	});

	it('a step is done when that is the last word on it', () => {
		const done = [record('intent', 'a'), record('done', 'a'), record('note', 'a')];
		expect(isDone(done, 'a')).toBe(true);
		expect(isDone([...done, record('undone', 'a')], 'a')).toBe(false);
		expect(isDone(done, 'b')).toBe(false);
		expect(wasBegun(done, 'a')).toBe(true);
		expect(wasBegun([record('note', 'a')], 'a')).toBe(false);
	});

	it('later facts stand over earlier ones', () => {
		const records = [record('note', 'a', {x: 1, y: 1}), record('done', 'b', {x: 9}), record('done', 'a', {x: 2})];
		expect(factsOf(records, 'a')).toEqual({x: 2, y: 1});
	});
});
