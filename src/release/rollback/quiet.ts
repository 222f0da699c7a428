import {watchWrites} from '../../backup/write-watch.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import type {Mongo} from '../../ports/mongo.js';

export type QuietTerms = {
	readonly mongo: Mongo;
	readonly database: string;
	/** @default 12: with the waits between, longer than a request may take */
	readonly tries?: number;
	/** Between two tries. @default 3000 */
	readonly waitMs?: number;
};

/**
 * Does `work` again until nobody wrote to the database meanwhile: a request that was under way when maintenance began
 * may still write. A server without change streams cannot tell, and that is said.
 * @throws SastaError WRITES_GO_ON when it never falls quiet
 */
export async function whileNobodyWrites<T>(
	{mongo, database, tries = 12, waitMs = 3000}: QuietTerms,
	host: Pick<Host, 'sleep' | 'signal' | 'emit'>,
	work: () => Promise<T>,
): Promise<T> {
	for (let count = 1; ; count++) {
		const watch = await watchWrites(mongo, database);
		const result = await work().finally(() => watch.finish());
		const {writes, changes} = await watch.finish();
		if (writes === 'none') return result;
		if (writes === 'unknown') {
			host.emit({
				type: 'log',
				level: 'warn',
				message: 'This server cannot tell whether the shop has stopped writing; its word is taken',
			});
			return result;
		}
		if (count === tries) {
			throw new SastaError('WRITES_GO_ON', `${database} is still written to, though maintenance is on`, {
				exitCode: EXIT.stopped,
				details: [...changes.keys()].map((name) => `written: ${name}`),
				hint: 'Stop whatever writes (workers, cron jobs, an admin’s shell), then: sastaops release resume; or go back: release abort',
			});
		}
		await host.sleep(waitMs, host.signal);
	}
}
