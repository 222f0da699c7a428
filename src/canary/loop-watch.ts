import type {Side} from '../ports/splitter/splitter.js';
import type {Counted} from './look.js';
import type {Observation} from './observe.js';

/** An event loop later than this is felt by whoever waits. Seconds. */
const SLOW_SECONDS = 0.1;
/** Readings close together say the same: a minute of an instance is one try. */
const BLOCK_MS = 60_000;

type Block = {readonly side: Side; readonly sinceMs: number; readonly worst: number};

/** Counts minutes of instances with a slow event loop among all their minutes. */
export function openLoopWatch(): {
	/** Minutes that ended with this observation; undefined where no instance tells its event loop. */
	add(observation: Observation): Counted | undefined;
} {
	const blocks = new Map<string, Block>();
	return {
		add({atMs, instances}) {
			const ended: Record<Side, {trials: number; events: number}> = {
				stable: {trials: 0, events: 0},
				canary: {trials: 0, events: 0},
			};
			let isTold = false;
			for (const {url, side, counts} of instances) {
				const delay = counts !== undefined && 'value' in counts ? counts.value.loopDelay : undefined;
				if (delay === undefined) continue;
				isTold = true;
				const block = blocks.get(url) ?? {side, sinceMs: atMs, worst: 0};
				const worst = Math.max(block.worst, delay);
				if (atMs - block.sinceMs < BLOCK_MS) {
					blocks.set(url, {...block, worst});
					continue;
				}
				ended[side].trials++;
				if (worst > SLOW_SECONDS) ended[side].events++;
				blocks.set(url, {side, sinceMs: atMs, worst: 0});
			}
			return isTold ? ended : undefined;
		},
	};
}
