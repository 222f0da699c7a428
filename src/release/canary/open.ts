import {join} from 'node:path';
import type {Asks} from '../../canary/asks.js';
import type {CanaryContext} from '../../canary/context.js';
import {type CanaryPorts, openCanaryPorts} from '../../canary/open-context.js';
import type {CanaryPlan} from '../../canary/plan.js';
import type {CanaryConfig} from '../../kernel/config/schema.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import type {Journal} from '../../kernel/journal/journal.js';
import {openFileAsks, openMongoAsks} from '../../ports/asks.js';
import {type Deployer, openDeployer} from '../../ports/deployer.js';
import type {World} from '../world.js';

/** @throws SastaError CANARY_NOT_CONFIGURED */
export function canaryConfig({config}: Pick<World, 'config'>): CanaryConfig {
	if (config.canary !== undefined) return config.canary;
	throw new SastaError('CANARY_NOT_CONFIGURED', 'The configuration says nothing of a canary', {
		exitCode: EXIT.usage,
		hint: 'Set canary.splitter, canary.stable and canary.canary in sastaops.yaml: docs/canary.md',
	});
}

export function openPorts(world: World, host: Host): Promise<CanaryPorts> {
	return openCanaryPorts({config: world.config, canary: canaryConfig(world), root: world.root}, host);
}

/** Where one leaves word for whoever watches. */
export function openAsks({database, runs}: Pick<World, 'database' | 'runs'>): Asks {
	return database ? openMongoAsks(database.state) : openFileAsks(runs);
}

/** What the steps of a canary work with; `canary.promote`, or else the deployer, replaces the stable instances. */
export async function openCanaryContext(
	{plan, world, journal, ports}: {plan: CanaryPlan; world: World; journal: Journal; ports: CanaryPorts},
	host: Host,
): Promise<CanaryContext> {
	const deployer = promoterOf(world, host);
	const {version, tag, commit, environment} = plan;
	return {
		...ports,
		plan,
		host,
		journal,
		asks: openAsks(world),
		alerts: world.alerts,
		reports: join(world.runs, '..', 'reports'),
		promote: deployer && (() => deployer.deploy({version, tag, commit, environment})),
	};
}

/** Who replaces the stable instances; undefined where a person does. */
export function promoterOf({config, root, deployer}: World, host: Host): Deployer | undefined {
	const command = config.canary?.promote;
	return command === undefined ? deployer : openDeployer({command}, root, host);
}
