import type {Side} from '../ports/splitter/splitter.js';
import type {GuardVerdict, Verdict} from './judge.js';

/** What a guard shows of one side: `212 ms` for latency's p95, else a share such as `0.41 %`; `–` where nothing was counted. */
export function valueWords({kind, counts}: GuardVerdict, p95Ms: Verdict['p95Ms'], side: Side): string {
	if (kind === 'latency') return p95Ms[side] === undefined ? '–' : `${Math.round(p95Ms[side])} ms`;
	const {trials, events} = counts[side];
	if (trials === 0) return '–';
	// Of a rate people want to see what is good.
	return shareWords((kind === 'rate' ? trials - events : events) / trials);
}

/** As `valueWords`, for where no heading says that latency is its p95. */
export function cellWords(guard: GuardVerdict, {p95Ms}: Verdict, side: Side): string {
	const words = valueWords(guard, p95Ms, side);
	return guard.kind === 'latency' && words !== '–' ? `${words} p95` : words;
}

/** `×1.22 … ×1.63`. */
export function rangeWords({range}: Pick<GuardVerdict, 'range'>): string {
	return range === undefined ? '–' : `×${range.low.toFixed(2)} … ×${range.high.toFixed(2)}`;
}

/** `fine`, `worse: GET /api/orders`. */
export function verdictWords({state, where}: Pick<GuardVerdict, 'state' | 'where'>): string {
	return `${STATE_WORDS[state]}${state === 'worse' && where !== undefined ? `: ${where}` : ''}`;
}

const STATE_WORDS = {worse: 'worse', fine: 'fine', open: 'cannot tell', unseen: 'nothing seen'} as const;

/** `0.41 %`. */
export function shareWords(share: number): string {
	return `${(100 * share).toFixed(2)} %`;
}

/** A verdict for machines: null where there is nothing to say. */
export function verdictData({guards, p95Ms, ...verdict}: Verdict) {
	return {
		...verdict,
		guards: guards.map((guard) => ({...guard, where: guard.where ?? null, range: guard.range ?? null})),
		p95Ms: {stable: p95Ms.stable ?? null, canary: p95Ms.canary ?? null},
	};
}
