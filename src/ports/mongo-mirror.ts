import {type Db, MongoServerError} from 'mongodb';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Mirror} from '../kernel/journal/mirror.js';

type LineDocument = {_id: string; run: string; seq: number; line: string; shop: string; at: Date};

/**
 * The journals' copy in the state database: one document a record, whose `_id` names run and place, so that two writers
 * can never both write the same place.
 */
export function openMongoMirror(state: Db, shop: string): Mirror {
	const journal = state.collection<LineDocument>('journal', {writeConcern: {w: 'majority'}});
	const idOf = (run: string, seq: number) => `${run}:${String(seq).padStart(6, '0')}`;
	return {
		async append(run, seq, line) {
			const document = {run, seq, line, shop};
			try {
				await journal.updateOne(
					{_id: idOf(run, seq), line},
					[{$set: {run: {$literal: run}, seq, line: {$literal: document.line}, shop: {$literal: shop}, at: '$$NOW'}}],
					{
						upsert: true,
					},
				);
			} catch (error) {
				if (!(error instanceof MongoServerError && error.code === 11_000)) throw error;
				throw new SastaError('LEASE_LOST', `Another process has gone on with ${run}`, {
					exitCode: EXIT.stopped,
					cause: error,
					hint: 'See where things stand: sastaops release status',
				});
			}
		},
		async read(run) {
			const documents = await journal.find({run, shop}).sort({seq: 1}).toArray();
			return documents.map(({line}) => line);
		},
		async list() {
			const runs = await journal.distinct('run', {shop});
			return runs.sort();
		},
	};
}
