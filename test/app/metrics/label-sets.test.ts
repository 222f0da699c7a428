import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {IS_FULL} from '../../support/sweep.js';
import {openTestShop, type TestShop} from '../open-test-shop.js';
import {seriesNames} from './read-metrics.js';

const REQUESTS = IS_FULL ? 200_000 : 10_000;
const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'OPTIONS', 'HEAD', 'PROPFIND', 'MKCOL', 'LOCK', 'TRACE'];

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let shop: TestShop;
beforeAll(async () => {
	shop = await openTestShop({RATE_LIMIT_PER_MINUTE: '1000000'});
});
afterAll(() => shop.close());

/** Heap that is really held, in MiB. */
function heldMiB(): number {
	collectGarbage();
	return process.memoryUsage().heapUsed / 2 ** 20;
}

it(
	`make no series and hold no memory, ${REQUESTS} hostile requests long`,
	async () => {
		const {app, shop: parts} = shop.shop;
		const hostile = (number: number) =>
			app.inject({
				method: (METHODS[number % METHODS.length] ?? 'GET') as 'GET',
				url:
					[`/x${number}`, `/api/products/${number}%22%7D`, `/api/${number}/../..`, `/?q=${number}`][number % 4] ?? '/',
				headers: {
					'x-request-id': `id-${number}`,
					traceparent: `00-${number.toString(16).padStart(32, '1')}-00f067aa0ba902b7-01`,
					'user-agent': `agent ${number}`,
				},
			});
		const run = async (from: number, to: number) => {
			for (let number = from; number < to; number += 50) {
				await Promise.all(Array.from({length: Math.min(50, to - number)}, (_, offset) => hostile(number + offset)));
			}
		};
		// Once round, so that what each route may make at all is made.
		await run(0, 2000);
		await parts.telemetry.metrics.flush();
		const seriesBefore = seriesNames(await parts.telemetry.metrics.text());
		const before = heldMiB();
		await run(2000, REQUESTS);
		await parts.telemetry.metrics.flush();
		await new Promise((resolve) => setTimeout(resolve, 1100));
		const after = heldMiB();
		const seriesAfter = seriesNames(await parts.telemetry.metrics.text());
		process.stderr.write(
			`${REQUESTS} requests: ${seriesAfter.length} series, heap ${before.toFixed(1)} → ${after.toFixed(1)} MiB\n`,
		);
		expect(seriesAfter).toEqual(seriesBefore);
		expect(after - before).toBeLessThan(10);
	},
	IS_FULL ? 1_800_000 : 60_000,
);
