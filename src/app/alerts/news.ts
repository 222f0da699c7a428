import {alertKey, type Notice} from '../../alert/alert.js';
import {minutesOf} from '../../alert/delivery-policy.js';
import {dayOf, minuteOfDay} from '../../alert/quiet-hours.js';
import type {AlertStore} from '../../alert/store.js';
import type {AlertsConfig} from '../../kernel/config/alerts.js';
import {remember} from './remember.js';

type Versions = {readonly seen: Readonly<Record<string, number>>; readonly latest: string | null};

/** A version that nobody ran for so long comes back as news: it was rolled back to. */
const FRESH_MS = 3_600_000;
const KEEP_MS = 30 * 86_400_000;

/**
 * A notice of a version that is seen for the first time, or again after another; undefined otherwise. Two versions side by
 * side, as in a canary, are each news once.
 */
export async function newVersion(
	store: AlertStore,
	{service, version, commit, environment}: {service: string; version: string; commit: string; environment: string},
	nowMs: number,
): Promise<Notice | undefined> {
	// A name of a field must not hold a dot.
	const id = version.replaceAll('.', '_');
	let isNews = false;
	await remember<Versions>(store, 'versions', (known) => {
		const last = known?.seen[id];
		isNews = last === undefined || (nowMs - last > FRESH_MS && known?.latest !== id);
		if (!isNews && last !== undefined && nowMs - last < FRESH_MS / 4) return undefined;
		const kept = Object.entries(known?.seen ?? {}).filter(([, atMs]) => nowMs - atMs < KEEP_MS);
		return {seen: {...Object.fromEntries(kept), [id]: nowMs}, latest: isNews ? id : (known?.latest ?? null)};
	});
	if (!isNews) return undefined;
	return {
		key: alertKey(service, 'version', `${version}-${nowMs}`),
		title: `${version} runs in ${environment}`,
		text: '',
		facts: [
			['version', version],
			['commit', commit],
		],
	};
}

/** Once a day, at the configured time or the first moment after it: how many registered. */
export async function registrationsDigest(
	store: AlertStore,
	{service, registrations, config}: {service: string; registrations: number; config: AlertsConfig},
	nowMs: number,
): Promise<Notice | undefined> {
	const timezone = config.quiet?.timezone ?? 'UTC';
	if (minuteOfDay(nowMs, timezone) < minutesOf(config.digest)) return undefined;
	const day = dayOf(nowMs, timezone);
	let isFirstStart = false;
	const isDue = await remember<string>(store, 'digest', (known) => {
		isFirstStart = known === undefined;
		return known === day ? undefined : day;
	});
	if (!isDue || isFirstStart || registrations === 0) return undefined;
	const people = registrations === 1 ? 'One user has' : `${registrations} users have`;
	return {
		key: alertKey(service, 'registrations', day),
		title: `${people} registered in the last day`,
		text: '',
		facts: [],
	};
}
