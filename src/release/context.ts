import type {CanaryContext} from '../canary/context.js';
import type {Host} from '../kernel/host.js';
import type {Journal} from '../kernel/journal/journal.js';
import type {Lease} from '../kernel/lease.js';
import {factsOf, type StepFacts} from '../kernel/steps.js';
import type {Catalogue} from '../migrate/catalogue.js';
import type {LoadedSeed} from '../migrate/seeds.js';
import type {GitHub} from '../ports/github.js';
import type {ReleasePlan} from './plan.js';
import type {ShopDatabase, World} from './world.js';

/** What every step of a release works with. */
export type ReleaseContext = {
	readonly plan: ReleasePlan;
	readonly world: World;
	readonly host: Host;
	readonly lease: Lease;
	readonly journal: Journal;
	/** Undefined where the release does without GitHub. */
	readonly github: GitHub | undefined;
	readonly catalogue: Catalogue | undefined;
	readonly seeds: readonly LoadedSeed[];
	/** Undefined where the release has no canary. */
	readonly canary: CanaryContext | undefined;
	/** What a step has learned, in this process or an earlier one. */
	facts(step: string): StepFacts;
	learn(step: string, facts: StepFacts): void;
};

export function makeContext(parts: Omit<ReleaseContext, 'facts' | 'learn'>): ReleaseContext {
	const learned = new Map<string, StepFacts>();
	return {
		...parts,
		facts: (step) => ({...factsOf(parts.journal.records, step), ...learned.get(step)}),
		learn: (step, facts) => void learned.set(step, {...learned.get(step), ...facts}),
	};
}

/** The database of a release that has one; steps that need it are only planned then. */
export function databaseOf({world}: Pick<ReleaseContext, 'world'>): ShopDatabase {
	if (!world.database) throw new Error('a step that needs the database was planned without one');
	return world.database;
}

/** The commit that is tagged: the plan's, or the one that carries the changelog on top of it. */
export function releaseCommit(context: ReleaseContext): string {
	return textFact(context, 'changelog', 'commit') ?? context.plan.commit;
}

/** A fact that must be text: undefined when it was never learned. */
export function textFact(context: ReleaseContext, step: string, name: string): string | undefined {
	const value = context.facts(step)[name];
	return typeof value === 'string' ? value : undefined;
}
