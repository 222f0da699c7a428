import {readEvents} from '../../canary/events.js';
import type {Verdict} from '../../canary/judge.js';
import type {Told} from '../../canary/observe.js';
import {advanceProgress, beginProgress} from '../../canary/progress.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {errorMessage} from '../../kernel/errors.js';
import type {Host} from '../../kernel/host.js';
import type {SplitterState} from '../../ports/splitter/splitter.js';
import {openWorld} from '../world.js';
import {findCanary, type OpenCanary} from './find.js';
import {openPorts} from './open.js';

export type CanaryStatus = {
	readonly splitter: {readonly title: string; readonly state: Told<SplitterState>};
	readonly open:
		| (Pick<OpenCanary, 'run' | 'plan' | 'holder' | 'isOfRelease'> & {
				/** −1 before it got traffic. */
				readonly stage: number;
				readonly watchedMs: number;
				readonly requests: number;
				readonly holds: readonly string[];
				readonly verdict: Verdict;
				readonly lastAtMs: number | undefined;
		  })
		| undefined;
};

/** Where the canary stands: by the splitter itself, and by the journal. Nothing is changed. */
export async function readCanaryStatus(loaded: LoadedConfig, host: Host): Promise<CanaryStatus> {
	const world = await openWorld(loaded, host);
	try {
		const {splitter} = await openPorts(world, host);
		const [state, open] = await Promise.all([
			splitter.read().then(
				(value) => ({value}),
				(error: unknown) => ({why: errorMessage(error)}),
			),
			findCanary(world, host),
		]);
		await splitter.close();
		return {splitter: {title: splitter.title, state}, open: open && {...open, ...standOf(open)}};
	} finally {
		await world.close();
	}
}

function standOf({plan, records}: OpenCanary) {
	const progress = readEvents(records).reduce(advanceProgress, beginProgress(plan));
	const {stage, watchedMs, allRequests, holds, judge, lastAtMs} = progress;
	return {stage, watchedMs, requests: allRequests, holds, verdict: judge.verdict(), lastAtMs};
}
