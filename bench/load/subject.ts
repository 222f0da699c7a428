import {resolve} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {LoadResult} from '../../src/load/result.js';
import {runLoad} from '../../src/load/run.js';

/** One load of ours. node subject.mjs <uri> <rate> <seconds>; prints its result. */
const [uri = '', rate, seconds] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const {result}: {result: LoadResult} = await runLoad(
	{
		uri,
		database: 'shop',
		options: {maxPoolSize: 100, minPoolSize: 8},
		workload: {kind: 'file', path: resolve('bench/load/workload.mjs')},
		operations: ['product'],
		size: {documents: 1000, seed: 1},
		plan: {rate, rampMs: 200, warmUpMs: 800, measureMs: seconds * 1000, spread: 'even', seed: 1},
		workers: 1,
		server: 'stand-in',
		driver: 'mongodb',
	},
	{
		now: Date.now,
		sleep: async (ms, signal) => void (await delay(ms, undefined, signal ? {signal} : {})),
		signal: new AbortController().signal,
	},
	() => undefined,
);
const {intervals: _, ...told} = result;
console.log(JSON.stringify({...told, memoryMb: process.memoryUsage().rss / 1e6}));
