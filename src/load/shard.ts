import type {Db} from 'mongodb';
import type {LoadedConfig} from '../kernel/config/load.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Part} from './arrivals.js';
import {type LoadChoice, type LoadDone, type LoadHost, type OpenLoad, withTarget} from './open.js';
import {makePlace, OWNER, type Place} from './place.js';
import {fill} from './workload/fill.js';

/** Where the machines of one load meet, in its own database. */
type Meeting = {
	readonly _id: 'meeting';
	/** The data is there. */
	readonly isReady: boolean;
	/** Machines that are through. */
	readonly finished: number;
};

const ASK_EVERY_MS = 500;
/** How long after its turn a machine waits for the first one's data. */
const LONGEST_WAIT_MS = 30 * 60_000;

/**
 * One load of several machines: the first one fills the database, each makes its own arrivals at the common start, and
 * the last one to end removes it. When one dies the database stays, for `db-load clean`.
 * @throws SastaError LOAD_LATE when the data was not there at the common start
 */
export function withShardedLoad<T>(
	choice: LoadChoice & {readonly shard: Part; readonly startAtMs: number},
	loaded: LoadedConfig,
	host: LoadHost,
	work: (load: OpenLoad) => Promise<T>,
): Promise<LoadDone<T>> {
	return withTarget(choice, loaded, host, async (target) => {
		const {shard, startAtMs, keeps, database, size} = choice;
		const db = target.mongo.db(database as string);
		const meetings = db.collection<Meeting>(OWNER);
		let place: Place;
		if (shard.index === 0) {
			place = await makePlace(target.mongo, database, host);
			await fill(db, target.workload, size, host).catch(async (error: unknown) => {
				await place.remove();
				throw error;
			});
			await meetings.insertOne({_id: 'meeting', isReady: true, finished: 0});
		} else {
			await waitForData(db, startAtMs, host);
			place = {db, name: db.databaseName, remove: async () => true};
		}
		if (host.now() > startAtMs) throw late(startAtMs, host.now());
		const answer = await work({...target, place});
		const met = await meetings.findOneAndUpdate({_id: 'meeting'}, {$inc: {finished: 1}}, {returnDocument: 'after'});
		const isLast = met?.finished === shard.count;
		if (isLast && !keeps) await db.dropDatabase();
		return {answer, isClean: true, database: place.name};
	});
}

async function waitForData(db: Db, startAtMs: number, {sleep, signal, now}: LoadHost): Promise<void> {
	const beganMs = now();
	for (;;) {
		const meeting = await db.collection<Meeting>(OWNER).findOne({_id: 'meeting'});
		if (meeting?.isReady === true) return;
		if (now() > Math.max(startAtMs, beganMs + 1000) || now() - beganMs > LONGEST_WAIT_MS) throw late(startAtMs, now());
		await sleep(ASK_EVERY_MS, signal);
	}
}

function late(startAtMs: number, nowMs: number): SastaError {
	return new SastaError(
		'LOAD_LATE',
		`The data was not there at the common start, ${new Date(startAtMs).toISOString()}; it is ${Math.ceil((nowMs - startAtMs) / 1000)} s later`,
		{
			exitCode: EXIT.refused,
			hint: 'Choose a later --start-at for all machines, and remove what is left with: sastaops db-load clean --all',
		},
	);
}
