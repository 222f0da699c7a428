import type {Step} from '../kernel/steps.js';
import type {CanaryContext} from './context.js';
import {promoteStep} from './promote-step.js';
import {finishStep, startStep} from './start-step.js';
import {watchStep} from './watch-step.js';

/** A canary's life, in order. */
export const CANARY_STEPS: readonly Step<CanaryContext>[] = [startStep, watchStep, promoteStep, finishStep];
