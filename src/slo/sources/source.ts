import type {LoadedConfig} from '../../kernel/config/load.js';
import type {Told} from '../evidence.js';
import type {MeasuredObjective} from '../objective.js';

/** Whoever tells of objectives. */
export type Source = {
	/** False where only this very moment can be told of. */
	readonly canReplay: boolean;
	/** @param atMs the moment to judge; now without it */
	read(atMs?: number): Promise<Told>;
};

export type SourceContext = {
	readonly loaded: LoadedConfig;
	/** How far back to look. */
	readonly periodMinutes: number;
	readonly objectives: readonly MeasuredObjective[];
};

/** What a shop itself promises counts, unless the configuration promises something else: undefined. */
export function chosenObjectives({loaded, objectives}: SourceContext): readonly MeasuredObjective[] | undefined {
	return loaded.config.slo.objectives === undefined ? undefined : objectives;
}
