import {sha256} from '../kernel/canonical.js';
import {migrationSetDigest, type ReleasePlan} from './plan.js';

/** What a release's tag says of it, for `release verify` years later. */
export type TagFacts = {
	readonly run: string | undefined;
	/** SHA-256 of the backup's archive. */
	readonly backup: string | undefined;
	/** Digest over ids and checksums of the migrations it brings. */
	readonly migrations: string | undefined;
	readonly migrationIds: readonly string[];
	/** SHA-256 of the notes. */
	readonly notes: string | undefined;
};

/** The annotated tag's message: a subject, and trailers that bind backup, migrations, notes and run to the commit. */
export function writeTagMessage(plan: ReleasePlan, backupSha256: string | undefined): string {
	const trailers = [
		`Sastaops-Run: ${plan.run}`,
		...(backupSha256 === undefined ? [] : [`Sastaops-Backup: sha256:${backupSha256}`]),
		...(plan.database
			? [
					`Sastaops-Migrations: sha256:${migrationSetDigest(plan.migrations)}${plan.migrations.map(({id}) => ` ${id}`).join('')}`,
				]
			: []),
		`Sastaops-Notes: sha256:${sha256(plan.notes)}`,
	];
	return `${plan.shop} ${plan.version}\n\n${trailers.join('\n')}\n`;
}

export function readTagMessage(message: string): TagFacts {
	const trailer = (name: string, pattern: string) =>
		new RegExp(`^Sastaops-${name}: ${pattern}`, 'm').exec(message)?.[1];
	return {
		run: trailer('Run', '(\\S+)$'),
		backup: trailer('Backup', 'sha256:([0-9a-f]{64})$'),
		migrations: trailer('Migrations', 'sha256:([0-9a-f]{64})'),
		migrationIds: (trailer('Migrations', 'sha256:[0-9a-f]{64} (.+)$') ?? '').split(' ').filter((id) => id !== ''),
		notes: trailer('Notes', 'sha256:([0-9a-f]{64})$'),
	};
}
