import {takeTrafficAway, type ZeroProof} from '../../canary/zero-proof.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {durationMs} from '../../kernel/duration.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {findOpenRun} from '../../kernel/journal/open-run.js';
import {type AbortResult, abortRun} from '../abort.js';
import {openWorld, type World} from '../world.js';
import {postAsk} from './ask.js';
import {findCanary, type OpenCanary} from './find.js';
import {canaryConfig, openPorts} from './open.js';

export type CanaryAborted = {
	readonly proof: ZeroProof;
	readonly splitter: string;
	/** The run that was open; undefined where there was none. */
	readonly version: string | undefined;
	/** `nothing` was open · `asked`: who watches it has ended it · `aborted` here · `of-release`: its release is still open. */
	readonly run: 'nothing' | 'asked' | 'aborted' | 'of-release';
};

/**
 * Takes all traffic from the canary at once, proves it, and only then ends the run: from any machine, in any state, again.
 * @throws SastaError SPLITTER_…, ZERO_UNPROVED, ABORT_TOO_LATE; STILL_WATCHED when whoever watches does not end it
 */
export async function abortCanary({loaded}: {loaded: LoadedConfig}, host: Host): Promise<CanaryAborted> {
	const world = await openWorld(loaded, host);
	try {
		const config = canaryConfig(world);
		const open = await findCanary(world, host);
		const plan = open?.plan ?? {version: '', drainMs: durationMs(config.drain)};
		const ports = await openPorts(world, host);
		const {splitter} = ports;
		const proof = await takeTrafficAway({...ports, plan}, host, {isSameVersion: open === undefined}).finally(() =>
			splitter.close(),
		);
		const run = open === undefined ? 'nothing' : await endRun({world, loaded, open}, host);
		return {proof, splitter: splitter.title, version: open?.plan.version, run};
	} finally {
		await world.close();
	}
}

async function endRun(
	{world, loaded, open}: {world: World; loaded: LoadedConfig; open: OpenCanary},
	host: Host,
): Promise<CanaryAborted['run']> {
	if (open.holder !== undefined) {
		await postAsk(world, open, 'abort', host);
		await waitForEnd({world, open}, host);
		return 'asked';
	}
	if (open.isOfRelease) return 'of-release';
	const result: AbortResult = await abortRun({loaded, keepMigrations: false, confirm: async () => true}, host);
	return result.kind === 'nothing' ? 'nothing' : 'aborted';
}

const WAIT_MS = 500;

async function waitForEnd({world, open}: {world: World; open: OpenCanary}, host: Host): Promise<void> {
	const {plan} = open;
	const deadlineMs = host.monotonicMs() + 3 * plan.lookMs + plan.drainMs + 30_000;
	while ((await findOpenRun(world.runs, world.mirror))?.run === open.run) {
		const isEnded = open.isOfRelease && (await findCanary(world, host))?.holder === undefined;
		if (isEnded) return;
		if (host.monotonicMs() > deadlineMs) {
			throw new SastaError(
				'STILL_WATCHED',
				`The canary is at 0 %, and "${open.holder?.command}" has not ended its run yet`,
				{
					exitCode: EXIT.stopped,
					hint: 'See where it stands: sastaops canary status',
				},
			);
		}
		await host.sleep(WAIT_MS, host.signal);
	}
}
