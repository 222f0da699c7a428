import type {StoredRecord} from './record.js';
import type {AlertStore} from './store.js';

/** For as long as this process lives: better than nothing where no other store answers. */
export function openMemoryStore(): AlertStore {
	const records = new Map<string, StoredRecord>();
	return {
		title: 'this process’s memory',
		read: async () => [...records.values()],
		async write(next) {
			if ((records.get(next.key)?.version ?? 0) !== next.version) return undefined;
			const written = {...next, version: next.version + 1};
			records.set(next.key, written);
			return written;
		},
		async remove({key, version}) {
			if (records.get(key)?.version === version) records.delete(key);
		},
	};
}
