import type {Asks as AsksOf} from '../ports/asks.js';
import type {Ask} from './events.js';

export type PostedAsk = {
	/** Random: two machines may ask at once, and each ask is answered once. */
	readonly id: string;
	readonly ask: Ask;
	/** Who asked, for people. */
	readonly by: string;
};

export type Asks = AsksOf<PostedAsk>;
