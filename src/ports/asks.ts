import {appendFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Db} from 'mongodb';
import {readIfThere} from '../kernel/read-if-there.js';

/** Word left for a run that somebody else watches: in order, nothing is ever taken out. */
export type Asks<Ask> = {
	post(run: string, ask: Ask): Promise<void>;
	/** All that was ever asked of a run, oldest first. */
	read(run: string): Promise<Ask[]>;
};

/** In the state database, so that any machine may ask. */
export function openMongoAsks<Ask extends object>(state: Db): Asks<Ask> {
	const asks = state.collection<{run: string; ask: Ask}>('asks', {writeConcern: {w: 'majority'}});
	return {
		post: async (run, ask) => void (await asks.insertOne({run, ask})),
		read: async (run) => {
			const documents = await asks
				.find({run} as never, {maxTimeMS: 5000})
				.sort({_id: 1})
				.toArray();
			return documents.map(({ask}) => ask);
		},
	};
}

/** In a file beside the journal, where there is no database: this machine only. */
export function openFileAsks<Ask extends object>(runs: string): Asks<Ask> {
	const fileOf = (run: string) => join(runs, `${run}.asks`);
	return {
		post: (run, ask) => appendFile(fileOf(run), `${JSON.stringify(ask)}\n`, {mode: 0o600}),
		read: async (run) => {
			const lines = ((await readIfThere(fileOf(run))) ?? '').split('\n');
			return lines.filter((line) => line !== '').map((line) => JSON.parse(line) as Ask);
		},
	};
}
