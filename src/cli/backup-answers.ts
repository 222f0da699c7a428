import {describeProblem} from '../backup/archive/problem.js';
import type {BackupManifest} from '../backup/manifest.js';
import type {StoreListing} from '../backup/store.js';
import type {VerifyResult} from '../backup/verify.js';
import {formatBytes, formatDuration, formatMoment} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block} from '../kernel/report.js';
import type {Session} from './session.js';

export function createdAnswer({command}: Session, store: string, manifest: BackupManifest, durationMs: number): Answer {
	const next = `sastaops backup rehearse ${manifest.id}`;
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, next, data: {backup: manifest, store, durationMs}},
		document: [
			{kind: 'title', text: `Backup ${manifest.id}`, note: formatDuration(durationMs)},
			{kind: 'facts', facts: describeManifest(manifest, store)},
			{kind: 'next', steps: [{label: 'Prove it', command: next}]},
		],
	};
}

export function listAnswer({command}: Session, store: string, {manifests, damaged, leftovers}: StoreListing): Answer {
	const warnings = [
		...damaged.map((id) => `the manifest of ${id} is damaged: it is no backup any more`),
		...leftovers.map((file) => `${file} belongs to no backup: a crash left it, or one is being made`),
	];
	const backups = manifests.map(({collections, ...rest}) => ({...rest, collections: collections.length}));
	return {
		report: {
			command,
			verdict: warnings.length === 0 ? 'pass' : 'warn',
			exitCode: EXIT.ok,
			data: {store, backups, damaged, leftovers},
		},
		document: [
			{kind: 'title', text: manifests.length === 0 ? `No backups in ${store}` : `Backups in ${store}`},
			...(manifests.length === 0 ? [] : [backupTable(manifests)]),
			...(warnings.length === 0 ? [] : [warningItems(warnings)]),
		],
	};
}

export function verifiedAnswer({command}: Session, result: VerifyResult): Answer {
	const {manifest, depth, problems, bytesRead, durationMs} = result;
	const isWhole = problems.length === 0;
	const documents = manifest.collections.reduce((sum, collection) => sum + collection.documents, 0);
	return {
		report: {
			command,
			verdict: isWhole ? 'pass' : 'fail',
			exitCode: isWhole ? EXIT.ok : EXIT.no,
			data: {id: manifest.id, depth, problems, bytesRead, durationMs},
		},
		document: [
			{
				kind: 'title',
				text: `Backup ${manifest.id} is ${isWhole ? 'whole' : 'damaged'}`,
				note: formatDuration(durationMs),
			},
			isWhole
				? {kind: 'text', text: `${depth === 'full' ? `${documents} documents, every checksum` : 'SHA-256 of the file'}`}
				: {kind: 'items', items: problems.map((problem) => ({mark: 'failed', text: describeProblem(problem)}))},
		],
	};
}

function describeManifest(manifest: BackupManifest, store: string): (readonly [string, string])[] {
	const {database, server, tool, archive, collections, consistent, writes} = manifest;
	const documents = collections.reduce((sum, collection) => sum + collection.documents, 0);
	return [
		['database', `${database.name} (server ${server.version})`],
		['holds', `${documents} documents in ${collections.length} collections, ${formatBytes(archive.uncompressedBytes)}`],
		['archive', `${store}/${archive.file} (${formatBytes(archive.bytes)})`],
		['sha256', archive.sha256],
		['written by', tool.name === 'builtin' ? 'the built-in engine' : `mongodump ${tool.version}`],
		['point in time', consistent ? `yes (writes meanwhile: ${writes})` : `no: ${whyInconsistent(writes)}`],
		['verified', manifest.verified?.depth ?? 'no'],
	];
}

function whyInconsistent(writes: BackupManifest['writes']): string {
	return writes === 'seen'
		? 'the shop wrote while mongodump ran'
		: 'whether the shop wrote while mongodump ran cannot be told';
}

function backupTable(manifests: readonly BackupManifest[]): Block {
	return {
		kind: 'table',
		columns: [
			{header: 'id'},
			{header: 'taken'},
			{header: 'database'},
			{header: 'size', align: 'right'},
			{header: 'release'},
			{header: 'verified'},
			{header: 'rehearsed'},
		],
		rows: manifests.map(({id, createdAt, database, archive, release, verified, rehearsed}) => [
			id,
			formatMoment(Date.parse(createdAt)),
			database.name,
			formatBytes(archive.bytes),
			release?.tag ?? '',
			verified?.depth ?? 'no',
			rehearsed?.at.slice(0, 10) ?? 'never',
		]),
	};
}

function warningItems(warnings: readonly string[]): Block {
	return {kind: 'items', items: warnings.map((text) => ({mark: 'warn', text}))};
}
