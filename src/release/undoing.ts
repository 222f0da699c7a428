import type {Step} from '../kernel/steps.js';

/** What of a run is to be taken back, and what stays. */
export type Undoing<Context> = {readonly steps: readonly Step<Context>[]; readonly kept: readonly string[]};
