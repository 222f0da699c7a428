import type {BackupManifest} from '../../src/backup/manifest.js';

export function sampleManifest(changes: Partial<BackupManifest>): BackupManifest {
	const id = changes.id ?? 'one';
	return {
		schemaVersion: 1,
		id,
		createdAt: '2026-07-01T10:00:00.000Z',
		database: {name: 'shop', lineage: 'ours'},
		server: {version: '8.0.4'},
		tool: {name: 'builtin', version: '1'},
		archive: {file: `${id}.archive.gz`, bytes: 100, sha256: 'ab'.repeat(32), uncompressedBytes: 400},
		collections: [
			{
				name: 'orders',
				type: 'collection',
				documents: 10,
				bytes: 300,
				crc64: '0123456789abcdef',
				contentHash: 'cd'.repeat(16),
				options: {},
				indexes: [{name: '_id_', keys: [['_id', 1]], options: {v: 2}}],
			},
		],
		optime: {start: '1:1', end: '2:1'},
		writes: 'none',
		consistent: true,
		verified: {at: '2026-07-01T10:00:01.000Z', depth: 'full'},
		rehearsed: null,
		...changes,
	};
}
