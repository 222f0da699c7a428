import type {Db} from 'mongodb';
import type {ErrorContext} from './error-report.js';
import type {ErrorSink} from './error-tracking.js';

/** Errors of one cause, as the shop's own database has them. */
export type ErrorGroup = {
	/** The fingerprint. */
	readonly _id: string;
	readonly name: string;
	readonly code: string | null;
	readonly message: string;
	readonly route: string | null;
	readonly count: number;
	readonly firstSeen: Date;
	readonly lastSeen: Date;
	/** Of the shop, in which it happened. */
	readonly versions: readonly string[];
	readonly lastContext: Omit<ErrorContext, 'route'>;
	/** Of the last one. */
	readonly stack: string;
};

export const ERROR_GROUPS = 'error_groups';
/** A cause that was not seen for so long is forgotten. */
export const ERROR_GROUPS_KEEP_SECONDS = 90 * 86_400;
const TIMEOUT_MS = 3000;

/** Counts errors by cause in `error_groups`. A write whose answer was lost is done again: counts may be high, never low. */
export function openErrorGroups(db: Db, version: string): ErrorSink {
	const groups = db.collection<ErrorGroup>(ERROR_GROUPS);
	return {
		name: 'the database',
		async write(reports) {
			const writes = reports.map(({fingerprint, name, code, message, stack, context, count, firstMs, lastMs}) => {
				const {route, ...lastContext} = context;
				return {
					updateOne: {
						filter: {_id: fingerprint},
						update: {
							$set: {name, code: code ?? null, message, route: route ?? null, stack, lastContext},
							$inc: {count},
							$min: {firstSeen: new Date(firstMs)},
							$max: {lastSeen: new Date(lastMs)},
							$addToSet: {versions: version},
						},
						upsert: true,
					},
				};
			});
			await groups.bulkWrite(writes, {ordered: false});
		},
	};
}

/** Those seen last. */
export function readErrorGroups(db: Db, most: number): Promise<ErrorGroup[]> {
	return db
		.collection<ErrorGroup>(ERROR_GROUPS)
		.find({}, {maxTimeMS: TIMEOUT_MS})
		.sort({lastSeen: -1})
		.limit(most)
		.toArray();
}
