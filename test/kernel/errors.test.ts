import {MongoNetworkError, MongoServerError} from 'mongodb';
import {describe, expect, it} from 'vitest';
import {asInterruption, asOutsideError, errorCode, isSastaError, SastaError} from '../../src/kernel/errors.js';

describe('asOutsideError', () => {
	it.each([
		[new MongoNetworkError('connection reset'), 'DATABASE_UNREACHABLE'],
		[new MongoServerError({message: 'not authorized', code: 13}), 'DATABASE_FAILED'],
	])('tells an error of the driver from a bug: %s', (error, code) => {
		const known = asOutsideError(error);
		expect(known).toMatchObject({code, exitCode: 6, cause: error});
		expect(isSastaError(known) && known.message).toContain(error.message);
	});

	it('leaves every other error as it is', () => {
		for (const error of [new TypeError('ours'), new SastaError('X', 'x'), 'text', undefined])
			expect(asOutsideError(error)).toBe(error);
	});
});

describe('asInterruption', () => {
	const abort = Object.assign(new Error('aborted'), {name: 'AbortError'});

	it('gives the reason in the place of an abort, and only there', () => {
		const reason = new SastaError('INTERRUPTED', 'Interrupted');
		const signal = AbortSignal.abort(reason);
		expect(asInterruption(abort, signal)).toBe(reason);
		const other = new Error('other');
		expect(asInterruption(other, signal)).toBe(other);
		expect(asInterruption(abort, new AbortController().signal)).toBe(abort);
	});
});

it('errorCode reads text and numbers, and nothing else', () => {
	expect([{code: 'E'}, {code: 7}, {code: {}}, {}, null, 'E'].map(errorCode)).toEqual([
		'E',
		7,
		undefined,
		undefined,
		undefined,
		undefined,
	]);
});
