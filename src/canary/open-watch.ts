import {watchMeasure} from './count-watch.js';
import {watchErrors} from './error-watch.js';
import type {Guard} from './guard.js';
import type {Watch, WatchTerms} from './guard-watch.js';
import {watchLatency} from './latency-watch.js';

export function openWatch(guard: Guard, terms: WatchTerms): Watch {
	switch (guard.kind) {
		case 'failures':
			return guard.measure === 'errors' ? watchErrors(guard, terms) : watchMeasure(guard, guard.measure, terms);
		case 'rate':
			return watchMeasure(guard, guard.measure, terms);
		case 'latency':
			return watchLatency(guard, terms);
		default:
			return guard satisfies never;
	}
}
