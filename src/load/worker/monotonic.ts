import {hrtime} from 'node:process';

/** Milliseconds of the machine's clock that never jumps: the same in every thread of this process. */
export function monotonicMs(): number {
	const [seconds, nanoseconds] = hrtime();
	return seconds * 1000 + nanoseconds / 1e6;
}
