import type {CanaryContext} from './context.js';
import type {CanaryEvent} from './events.js';
import type {Progress} from './progress.js';
import type {ShopBurn} from './shop-burn.js';

/** Who walks a canary through its stages. */
export type Watcher = {
	readonly context: CanaryContext;
	readonly tell: (event: CanaryEvent) => Promise<void>;
	readonly progress: () => Progress;
	readonly burn: ShopBurn;
};
