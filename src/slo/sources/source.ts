import type {LoadedConfig} from '../../kernel/config/load.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Told} from '../evidence.js';
import type {MeasuredObjective} from '../objective.js';

/** Whoever tells of objectives. */
export type Source = {
	/**
	 * @param atMs the moment to judge; now without it
	 * @throws SastaError SLO_REPLAY where only one moment can be told of
	 */
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

/** A report knows only the windows up to the moment it was made. */
export function noReplay(): SastaError {
	return new SastaError('SLO_REPLAY', 'A shop’s own report tells of its own moment only', {
		exitCode: EXIT.usage,
		hint: 'Leave --at out, or ask a Prometheus server by --prometheus',
	});
}
