import type {Ask} from './events.js';

export type PostedAsk = {readonly ask: Ask /** Who asked, for people. */; readonly by: string};

/** Where a person on any machine leaves word for whoever watches a canary. In order; nothing is ever taken out. */
export type Asks = {
	post(run: string, ask: PostedAsk): Promise<void>;
	/** All that was ever asked of a run, oldest first. */
	read(run: string): Promise<PostedAsk[]>;
};
