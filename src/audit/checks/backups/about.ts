import {readBackups, whyNoBackups} from '../../facts/backups.js';

/** What every check of backups is. */
export const BACKUP_CHECK = {
	group: 'backups',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	skipReason: whyNoBackups,
	gather: readBackups,
} as const;

const DAY_MS = 86_400_000;

/** `3 hours`, `2 days`. */
export function ageWords(ms: number): string {
	const hours = Math.floor(ms / 3_600_000);
	if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`;
	return `${Math.floor(ms / DAY_MS)} days`;
}
