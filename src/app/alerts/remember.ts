import type {MemoRecord} from '../../alert/record.js';
import {type AlertStore, changeRecord} from '../../alert/store.js';

/** Changes what all processes remember by a name; tells whether it was this one that did. */
export async function remember<T>(
	store: AlertStore,
	name: string,
	change: (known: T | undefined) => T | undefined,
): Promise<boolean> {
	let isChanged = false;
	await changeRecord<MemoRecord>(store, `memo-${name}`, (record) => {
		const memo = change(record?.memo as T | undefined);
		isChanged = memo !== undefined;
		return memo === undefined ? undefined : {kind: 'memo', key: `memo-${name}`, version: record?.version ?? 0, memo};
	});
	return isChanged;
}
