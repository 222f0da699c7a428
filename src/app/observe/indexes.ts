import {ROLL_UPS} from '../metrics/roll-up-store.js';
import {ERROR_GROUPS, ERROR_GROUPS_KEEP_SECONDS} from './error-groups.js';
import {SECURITY_EVENTS, SECURITY_EVENTS_KEEP_SECONDS} from './security-log.js';

/** What forgets by itself, by a date and after how long. */
export const TELEMETRY_INDEXES = {
	[ROLL_UPS.minute.collection]: [{keys: {at: 1}, expireAfterSeconds: ROLL_UPS.minute.keepSeconds}],
	[ROLL_UPS.hour.collection]: [{keys: {at: 1}, expireAfterSeconds: ROLL_UPS.hour.keepSeconds}],
	[ERROR_GROUPS]: [{keys: {lastSeen: 1}, expireAfterSeconds: ERROR_GROUPS_KEEP_SECONDS}],
	[SECURITY_EVENTS]: [{keys: {at: 1}, expireAfterSeconds: SECURITY_EVENTS_KEEP_SECONDS}],
} as const;
