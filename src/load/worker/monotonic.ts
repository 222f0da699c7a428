import {performance} from 'node:perf_hooks';
import {hrtime} from 'node:process';

/** Each thread counts from its own beginning: what lies between that and the machine's clock. */
const OFFSET_MS = Number(hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds of the machine's clock that never jumps: the same in every thread of this process. */
export function monotonicMs(): number {
	return performance.now() + OFFSET_MS;
}
