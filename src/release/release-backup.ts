import type {BackupManifest} from '../backup/manifest.js';
import type {TagFacts} from './tag-message.js';

/** The backup a tag names, by its digest; of several with the same content, the one its own run took. */
export function backupOf(
	manifests: readonly BackupManifest[],
	{backup, run}: Pick<TagFacts, 'backup' | 'run'>,
): BackupManifest | undefined {
	const equal = manifests.filter(({archive}) => archive.sha256 === backup);
	return equal.find(({release}) => release?.run === run) ?? equal[0];
}
