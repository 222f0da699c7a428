import {build, HistogramLogReader} from 'hdr-histogram-js';
import {describe, expect, it} from 'vitest';
import {readHdrLog, writeHdrLog} from '../../src/load/hdr-log.js';
import {BUCKETS, record} from '../../src/load/histogram.js';
import {makeRandom} from '../../src/load/random.js';
import {sumCounts} from '../../src/load/summarise.js';

function countsOf(times: readonly number[]): Float64Array {
	const counts = new Uint32Array(BUCKETS);
	for (const ms of times) record(counts, ms);
	return sumCounts([counts]);
}

function timesOf(seed: number, count: number): number[] {
	const random = makeRandom(seed);
	return Array.from({length: count}, () => random.next() ** 4 * 90_000);
}

const SPAN = {fromMs: 1_764_000_000_000, toMs: 1_764_000_060_000};

describe('a log of histograms', () => {
	it('is read back exactly, bucket by bucket', () => {
		const all = [
			{tag: 'browse', counts: countsOf(timesOf(1, 5000))},
			{tag: 'checkout', counts: countsOf([0, 0.001, 2.047, 2.048, 3_599_999, 9_999_999])},
		];
		expect(readHdrLog(writeHdrLog(all, SPAN), 'own.hdr')).toEqual(all);
	});

	it('of several machines merges into what one machine would have counted', () => {
		const parts = [timesOf(1, 700), timesOf(2, 900), timesOf(3, 1)];
		const log = parts.map((times) => writeHdrLog([{tag: 'browse', counts: countsOf(times)}], SPAN)).join('\n');
		expect(readHdrLog(log, 'all.hdr')).toEqual([{tag: 'browse', counts: countsOf(parts.flat())}]);
	});

	it('tells another reader of the format the same percentiles', () => {
		const times = timesOf(5, 3000);
		const log = writeHdrLog([{tag: 'browse', counts: countsOf(times)}], SPAN);
		const own = build({
			lowestDiscernibleValue: 1,
			highestTrackableValue: 3_600_000_000,
			numberOfSignificantValueDigits: 3,
		});
		for (const ms of times) own.recordValue(Math.round(ms * 1000));
		const read = new HistogramLogReader(log).nextIntervalHistogram();
		expect(read?.tag).toBe('browse');
		for (const percentile of [50, 90, 99, 99.9, 100])
			expect(read?.getValueAtPercentile(percentile)).toBe(own.getValueAtPercentile(percentile));
	});

	it.each(['nonsense', '0,60,1,HISTFAAAAA', 'Tag=x,0.0,60.0,3.2,!!!!'])('names the line that is none: %s', (line) => {
		expect(() => readHdrLog(`#[a comment]\n${line}\n`, 'torn.hdr')).toThrow(
			expect.objectContaining({code: 'HDR_INVALID', message: expect.stringContaining('Line 2 of torn.hdr')}),
		);
	});
});
