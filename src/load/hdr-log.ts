import {build, decodeFromCompressedBase64, HistogramLogWriter, JsHistogram} from 'hdr-histogram-js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {BUCKETS, bucketOf, LONGEST_US, lowestOf} from './histogram.js';

export type TaggedCounts = {readonly tag: string; readonly counts: Float64Array};

/** The column of maxima is in milliseconds. */
const MS_IN_US = 1000;

/**
 * Response times as a log of HdrHistogram's format (version 1.3), one line for each operation, values in microseconds: an
 * exact copy, which any of its tools reads and merges.
 */
export function writeHdrLog(
	all: readonly TaggedCounts[],
	{fromMs, toMs}: {readonly fromMs: number; readonly toMs: number},
): string {
	let text = '';
	const writer = new HistogramLogWriter((part) => {
		text += part;
	});
	writer.outputLogFormatVersion();
	writer.outputComment('[Response times in microseconds, from the moment each operation was due]');
	writer.outputStartTime(fromMs);
	writer.outputLegend();
	for (const {tag, counts} of all) {
		const histogram = build({
			lowestDiscernibleValue: 1,
			highestTrackableValue: LONGEST_US,
			numberOfSignificantValueDigits: 3,
			bitBucketSize: 64,
		});
		for (let bucket = 0; bucket < counts.length; bucket++) {
			const count = counts[bucket] as number;
			if (count > 0) histogram.recordValueWithCount(lowestOf(bucket), count);
		}
		histogram.tag = tag;
		writer.outputIntervalHistogram(histogram, fromMs / 1000, toMs / 1000, MS_IN_US);
	}
	return text;
}

/**
 * The histograms of a log, those of one tag added up. Lines of other tools are read as well.
 * @throws SastaError HDR_INVALID naming the line
 */
export function readHdrLog(text: string, name: string): readonly TaggedCounts[] {
	const sums = new Map<string, Float64Array>();
	for (const [index, line] of text.split('\n').entries()) {
		if (line.trim() === '' || line.startsWith('#') || line.startsWith('"')) continue;
		const fields = line.split(',');
		const tag = fields[0]?.startsWith('Tag=') ? fields[0].slice(4) : '';
		const encoded = fields.at(-1)?.trim() ?? '';
		try {
			addEncoded(encoded, sums, tag);
		} catch (cause) {
			throw new SastaError('HDR_INVALID', `Line ${index + 1} of ${name} is no histogram`, {
				exitCode: EXIT.usage,
				cause,
				hint: 'Give logs that sastaops db-load mix --hdr, or another tool of HdrHistogram, has written',
			});
		}
	}
	return [...sums].map(([tag, counts]) => ({tag, counts}));
}

/** @throws what the decoder does, for what is none */
function addEncoded(encoded: string, sums: Map<string, Float64Array>, tag: string): void {
	const histogram = decodeFromCompressedBase64(encoded, 64);
	if (!(histogram instanceof JsHistogram)) throw new Error('it was decoded into something without indexes');
	const counts = sums.get(tag) ?? new Float64Array(BUCKETS);
	for (let index = 0; index < histogram.countsArrayLength; index++) {
		const count = histogram.getCountAtIndex(index);
		if (count === 0) continue;
		const bucket = bucketOf(Math.min(histogram.valueFromIndex(index), LONGEST_US));
		counts[bucket] = (counts[bucket] as number) + count;
	}
	sums.set(tag, counts);
}
