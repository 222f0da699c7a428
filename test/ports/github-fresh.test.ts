import {EventEmitter, once} from 'node:events';
import {describe, expect, it} from 'vitest';
import {keepFresh} from '../../src/ports/github-fresh.js';

function openAnswers() {
	let nowMs = 0;
	let asked = 0;
	const fresh = keepFresh(1000, {monotonicMs: () => nowMs});
	return {
		read: (answer?: Promise<unknown>) =>
			fresh.answer('GET /releases', {page: 1}, async () => {
				asked++;
				return answer ?? asked;
			}),
		change: (answer: Promise<unknown>) => fresh.answer('POST /releases', {}, () => answer),
		pass: (ms: number) => {
			nowMs += ms;
		},
		asked: () => asked,
	};
}

describe('answers given again', () => {
	it('are those of the same question within their time, and of one still under way', async () => {
		const {read, pass, asked} = openAnswers();
		const both = [read(), read()];
		expect(await Promise.all(both)).toEqual([1, 1]);
		pass(999);
		expect(await read()).toBe(1);
		pass(1);
		expect(await read()).toBe(2);
		expect(asked()).toBe(2);
	});

	it('never outlive a change, however it ended, nor does a question asked before it', async () => {
		const {read, change} = openAnswers();
		const later = new EventEmitter();
		const late = read(once(later, 'answer').then(([answer]) => answer));
		await expect(change(Promise.reject(new Error('lost')))).rejects.toThrow('lost');
		later.emit('answer', 'of before');
		expect(await late).toBe('of before');
		expect(await read()).toBe(2);
	});

	it('are no failures: who fails is asked again', async () => {
		const {read} = openAnswers();
		await expect(read(Promise.reject(new Error('down')))).rejects.toThrow('down');
		expect(await read()).toBe(2);
	});
});
