import {parentPort, workerData} from 'node:worker_threads';
import {MongoClient} from 'mongodb';
import {makeArrivals, measureStartMs} from '../arrivals.js';
import {makeRandom, seedOf} from '../random.js';
import {openTally} from '../tally.js';
import {makeChoice} from '../workload/choice.js';
import {openWorkload} from '../workload/open-workload.js';
import type {Operation} from '../workload/workload.js';
import {drive} from './drive.js';
import type {News, Order, WorkerTerms} from './messages.js';
import {monotonicMs} from './monotonic.js';
import {watchCommands, watchPool} from './watch-pool.js';

/** One thread of the load, with a pool of its own. */
async function work(terms: WorkerTerms, say: (news: News) => void, orders: AsyncIterator<Order>): Promise<void> {
	const {uri, database, options, plan, part, size, watchesCommands} = terms;
	const tally = openTally(terms.tally, terms.operations);
	const {operations} = await openWorkload(terms.workload, {});
	const client = new MongoClient(uri, {
		appName: 'sastaops db-load',
		// An operation is tried once: what it took is what one try took.
		retryReads: false,
		retryWrites: false,
		...options,
		monitorCommands: watchesCommands,
	});
	let countsFromMs = Number.POSITIVE_INFINITY;
	const isCounting = () => monotonicMs() >= countsFromMs;
	watchPool(client, tally, monotonicMs, isCounting);
	if (watchesCommands) watchCommands(client, tally, monotonicMs, isCounting);
	const stop = new AbortController();
	try {
		await client.connect();
		const db = client.db(database);
		await Promise.all(Array.from({length: terms.warmConnections}, () => db.command({ping: 1})));
		say({kind: 'ready'});
		const first = await orders.next();
		if (first.done === true || first.value.kind === 'stop') return;
		const {startMs} = first.value;
		countsFromMs = startMs + measureStartMs(plan);
		void orders.next().then(() => stop.abort());
		const choose = makeChoice(operations, plan.seed);
		const begin = (operation: Operation | undefined, index: number): Promise<unknown> => {
			try {
				return Promise.resolve(operation?.run({db, client, random: makeRandom(seedOf(plan.seed, index)), index, size}));
			} catch (error) {
				// An operation of somebody's own need not be an async function.
				return Promise.reject(error);
			}
		};
		await drive({
			plan,
			arrivals: makeArrivals(plan, part),
			tally,
			clock: monotonicMs,
			startMs,
			choose,
			begin: (operation, index) => begin(operations[operation], index),
			mostUnderWay: terms.mostUnderWay,
			drainMs: terms.drainMs,
			signal: stop.signal,
			onFirstFailure: (failure, error) =>
				say({kind: 'failure', failure, message: error instanceof Error ? error.message : String(error)}),
		});
	} finally {
		countsFromMs = Number.POSITIVE_INFINITY;
		await client.close();
	}
}

async function* ordersOf(port: NonNullable<typeof parentPort>): AsyncGenerator<Order, void, void> {
	const waiting: Order[] = [];
	let wake = () => undefined as unknown;
	port.on('message', (order: Order) => {
		waiting.push(order);
		wake();
	});
	for (;;) {
		const order = waiting.shift();
		if (order !== undefined) yield order;
		else
			await new Promise<void>((done) => {
				wake = done;
			});
	}
}

if (parentPort !== null) {
	const port = parentPort;
	const say = (news: News) => port.postMessage(news);
	work(workerData as WorkerTerms, say, ordersOf(port))
		.then(
			() => say({kind: 'done'}),
			(error: unknown) => {
				const {name = 'Error', message = String(error)} = error instanceof Error ? error : {};
				say({kind: 'broken', name, message});
			},
		)
		.finally(() => port.close());
}
