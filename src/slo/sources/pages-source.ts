import {join} from 'node:path';
import {sha256} from '../../kernel/canonical.js';
import type {Host} from '../../kernel/host.js';
import {ignoreOwnFolder} from '../../kernel/own-folder.js';
import {makeEvidence} from '../history/make-evidence.js';
import {openReadingStore} from '../history/store.js';
import {readPages} from './pages.js';
import type {Source, SourceContext} from './source.js';

/** The metrics page of each instance, and what was read of them before. */
export function openPagesSource(
	urls: readonly string[],
	{loaded: {config, root}, objectives}: SourceContext,
	host: Host,
): Source {
	// By the addresses: readings of a trial must not be taken for the shop's.
	const name = sha256(urls.toSorted().join('\n')).slice(0, 12);
	const store = openReadingStore(join(root, '.sastaops', 'slo', `${name}.jsonl`));
	return {
		async read(atMs) {
			await ignoreOwnFolder(root);
			if (atMs === undefined) return readPages({urls, token: config.slo.metricsToken, objectives, store}, host);
			const readings = await store.read();
			const evidence = objectives.map((objective) => makeEvidence({objective, readings, atMs}));
			return {where: urls.join(', '), atMs, evidence};
		},
	};
}
