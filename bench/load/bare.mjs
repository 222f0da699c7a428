// The driver alone: as many questions a second as asked for, begun by a timer, and nothing counted but their end.
// node bare.mjs <uri> <rate> <seconds>; prints {operations, cpuMs, seconds}. Rate 0: eight askers, one after the other.
import {MongoClient} from 'mongodb';
import {ask} from './workload.mjs';

const [uri, rate, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const client = new MongoClient(uri, {maxPoolSize: 100, retryReads: false, retryWrites: false});
const db = client.db('shop');
await Promise.all(Array.from({length: 8}, () => db.command({ping: 1})));
await run(1);
const before = process.cpuUsage();
const began = performance.now();
const operations = await run(seconds);
const {user, system} = process.cpuUsage(before);
console.log(JSON.stringify({operations, cpuMs: (user + system) / 1000, seconds: (performance.now() - began) / 1000}));
await client.close();

function run(forSeconds) {
	return rate === 0 ? closed(forSeconds) : open(forSeconds);
}

async function closed(forSeconds) {
	let done = 0;
	const end = performance.now() + forSeconds * 1000;
	await Promise.all(
		Array.from({length: 8}, async () => {
			for (; performance.now() < end; done++) await ask(db, done % 1000);
		}),
	);
	return done;
}

function open(forSeconds) {
	const start = performance.now();
	const planned = rate * forSeconds;
	let [begun, done] = [0, 0];
	return new Promise((resolve) => {
		const wake = () => {
			const due = Math.min(planned, ((performance.now() - start) / 1000) * rate);
			while (begun < due) {
				ask(db, begun++ % 1000).then(() => {
					if (++done === planned) resolve(done);
				});
			}
			if (begun < planned) setTimeout(wake, 1);
		};
		wake();
	});
}
