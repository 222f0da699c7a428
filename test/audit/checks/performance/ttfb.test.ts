import {expect, it} from 'vitest';
import {judgeTiming} from '../../../../src/audit/checks/performance/ttfb.js';

it.each([
	['passes what is quick', [3000, 100, 120, 110, 90], 'pass'],
	['takes the median, not what was slow once', [100, 100, 100, 100, 4000], 'pass'],
	['warns beyond 800 ms', [10, 900, 900, 900, 900], 'warn'],
	['warns around the line of 1800 ms, whichever side of it', [10, 1900, 1900, 1900, 1900], 'warn'],
	['fails beyond the band', [10, 2000, 2000, 2000, 2000], 'fail'],
	['is inconclusive without an answer', [], 'inconclusive'],
])('perf.ttfb %s', (_title, firstByteMs, expected) => {
	const {verdict, reason} = judgeTiming({path: '/', firstByteMs});
	expect(verdict).toBe(expected);
	expect(reason).not.toMatch(/900|2000/);
});
