import * as z from 'zod';
import {canonicalJson, sha256} from '../kernel/canonical.js';
import type {Json} from './collection-facts.js';

const json: z.ZodType<Json> = z.lazy(() =>
	z.union([z.null(), z.boolean(), z.number(), z.string(), z.array(json), z.record(z.string(), json)]),
);
const count = z.number().int().nonnegative();
const digest = z.string().regex(/^[0-9a-f]{64}$/);

const collection = z.strictObject({
	name: z.string(),
	type: z.string(),
	documents: count,
	/** Uncompressed BSON. */
	bytes: count,
	crc64: z.string().regex(/^[0-9a-f]{16}$/),
	/** See content-hash.ts. */
	contentHash: z.string().regex(/^[0-9a-f]{32}$/),
	options: z.record(z.string(), json),
	indexes: z.array(
		z.strictObject({
			name: z.string(),
			keys: z.array(z.tuple([z.string(), json])),
			options: z.record(z.string(), json),
		}),
	),
});

const manifest = z.strictObject({
	schemaVersion: z.literal(1),
	id: z.string(),
	createdAt: z.iso.datetime(),
	database: z.strictObject({name: z.string(), lineage: z.string()}),
	server: z.strictObject({version: z.string()}),
	tool: z.strictObject({name: z.enum(['mongodump', 'builtin']), version: z.string()}),
	release: z.strictObject({version: z.string(), tag: z.string(), run: z.string()}).optional(),
	archive: z.strictObject({file: z.string(), bytes: count, sha256: digest, uncompressedBytes: count}),
	collections: z.array(collection),
	/** `seconds:increment` of the server's clock before and after; null where the server tells none. */
	optime: z.strictObject({start: z.string().nullable(), end: z.string().nullable()}),
	/** Whether anything wrote to the database meanwhile. */
	writes: z.enum(['none', 'seen', 'unknown']),
	/** All collections stand for one instant. */
	consistent: z.boolean(),
	verified: z.strictObject({at: z.iso.datetime(), depth: z.enum(['hash', 'full'])}).nullable(),
	/** The last time it was restored elsewhere and compared. */
	rehearsed: z.strictObject({at: z.iso.datetime()}).nullable(),
});

export type BackupManifest = Readonly<z.output<typeof manifest>>;
export type BackupCollection = BackupManifest['collections'][number];

/** The manifest as it stands on disk: one line of canonical JSON that carries a digest of itself. */
export function manifestText(value: BackupManifest): string {
	return `${canonicalJson({...value, digest: sha256(canonicalJson(value))})}\n`;
}

/**
 * Reads a manifest's text; undefined when so much as one bit differs from what was written.
 */
export function parseManifest(text: string): BackupManifest | undefined {
	let data: unknown;
	try {
		data = JSON.parse(text);
	} catch {
		return undefined;
	}
	if (typeof data !== 'object' || data === null) return undefined;
	const {digest: _digest, ...content} = data as Record<string, unknown>;
	const parsed = manifest.safeParse(content);
	// Writing it again covers the digest, the order of keys and every blank.
	return parsed.success && manifestText(parsed.data) === text ? parsed.data : undefined;
}
