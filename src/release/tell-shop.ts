import type {Db} from 'mongodb';
import {CONTROL_COLLECTION} from '../kernel/control-collection.js';
import {errorCode, errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';
import type {World} from './world.js';

export type ReleaseNews = {
	readonly run: string;
	readonly version: string;
	/** For people: `released`, `rolled back to`. */
	readonly what: string;
};

type NewsDocument = {readonly _id: string; readonly list: readonly (ReleaseNews & {readonly at: Date})[]};

const MOST = 50;
const DUPLICATE_KEY = 11_000;

/**
 * Tells the shop what became of its versions, for its dashboard: once for each run, beside the maintenance switch, which no
 * backup holds. A shop that cannot be told is not worth failing a release for.
 */
export async function tellShop(
	{world, host}: {readonly world: World; readonly host: Pick<Host, 'now' | 'emit' | 'fault'>},
	news: ReleaseNews,
): Promise<void> {
	if (!world.database) return;
	await tell(world.database.db, news, host);
	await host.fault('tell.after');
}

async function tell(db: Db, news: ReleaseNews, host: Pick<Host, 'now' | 'emit'>): Promise<void> {
	const item = {...news, at: new Date(host.now())};
	try {
		await db
			.collection<NewsDocument>(CONTROL_COLLECTION)
			.updateOne(
				{_id: 'releases', 'list.run': {$ne: news.run}},
				{$push: {list: {$each: [item], $slice: -MOST}}},
				{upsert: true},
			);
	} catch (error) {
		// It was told before: there is one such document, and it names the run.
		if (errorCode(error) === DUPLICATE_KEY) return;
		host.emit({
			type: 'log',
			level: 'warn',
			message: `the shop was not told of ${news.version}: ${errorMessage(error)}`,
		});
	}
}
