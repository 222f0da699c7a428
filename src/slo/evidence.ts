import type {Events} from './events.js';
import type {Interval} from './history/intervals.js';
import type {MeasuredObjective} from './objective.js';

/** The edges of a histogram beside a threshold that is none of them; null: there is none on that side. */
export type Between = {
	readonly thresholdMs: number;
	readonly belowMs: number | null;
	readonly aboveMs: number | null;
};

/** All that a source tells of one objective. */
export type Evidence = {
	readonly objective: MeasuredObjective;
	/** Events of the last `minutes`; undefined where the source cannot tell for that length. */
	eventsOf(minutes: number): Events | undefined;
	/** How long events were counted at all. */
	readonly coveredMinutes: number;
	/** Why this evidence proves nothing, in words: contradictions, processes that answer in turn. Empty as a rule. */
	readonly problems: readonly string[];
	/** What may be missing, and is no reason to doubt the rest: what a process that died had not told. */
	readonly notes: readonly string[];
	readonly between?: Between;
	/** When what happened, where the source keeps it; a report draws it. */
	readonly intervals?: readonly Interval[];
};

/** What a source told, of one moment. */
export type Told = {
	/** For people; without credentials. */
	readonly where: string;
	/** Milliseconds since the epoch: the moment that is judged. */
	readonly atMs: number;
	readonly evidence: readonly Evidence[];
};
