import {appendFile, rename, stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Host} from '../kernel/host.js';
import {makeOwnFolder} from '../kernel/own-folder.js';
import type {Delivery} from '../ports/alerts/receiver.js';

/** What nobody could be told, for somebody to find. */
export type DeadLetters = {
	readonly file: string;
	/** Never rejects. */
	add(receiver: string, why: string, delivery: Delivery): Promise<void>;
};

/** The file, and the one before it. */
const MOST_BYTES = 1_000_000;

/** JSON lines, for the owner's eyes only, two files of a megabyte at most. */
export function openDeadLetters(file: string, host: Pick<Host, 'now' | 'redact'>): DeadLetters {
	return {
		file,
		async add(receiver, why, {items}) {
			const line = JSON.stringify({
				at: new Date(host.now()).toISOString(),
				receiver,
				why,
				items: items.map((item) => ({
					event: item.kind === 'notice' ? 'notice' : item.event,
					severity: item.message.severity,
					key: item.message.key,
					title: item.message.title,
					text: item.message.text,
				})),
			});
			try {
				await makeOwnFolder(dirname(file));
				const {size} = await stat(file).catch(() => ({size: 0}));
				if (size > MOST_BYTES) await rename(file, `${file}.1`);
				await appendFile(file, `${host.redact(line)}\n`, {mode: 0o600});
			} catch {
				// The log has it too.
			}
		},
	};
}
