import type {Db} from 'mongodb';
import type {Alert, Notice} from '../alert/alert.js';
import type {Alerts} from '../alert/open-alerts.js';
import {openRunAlerts, openShopStore} from '../alert/places.js';
import {SILENCE_KEY, type SilenceRecord} from '../alert/record.js';
import {changeRecord} from '../alert/store.js';
import type {Config} from '../kernel/config/schema.js';
import {errorMessage} from '../kernel/errors.js';
import type {Host} from '../kernel/host.js';

/** What a run tells. Nothing of it ever fails the run. */
export type RunAlerts = {
	raise(alert: Alert): void;
	resolve(key: string): void;
	notice(notice: Notice): void;
	/** Sends what was said until now, in the background. */
	send(): void;
	/** Waits, not for long, until what was said is sent. */
	flush(): Promise<void>;
	/** Nobody is told meanwhile of what the shop or sastaops find wrong, but for what is about the run itself. */
	silence(untilMs: number, why: string): Promise<void>;
	/** What could not be told, and why. */
	readonly problems: readonly string[];
	close(): Promise<void>;
};

type Places = {
	readonly config: Config;
	readonly root: string;
	readonly database: {readonly db: Db; readonly state: Db} | undefined;
};

const FLUSH_MS = 10_000;

export function openReleaseAlerts({config, root, database}: Places, host: Host): RunAlerts {
	const problems: string[] = [];
	let opened: Alerts | undefined;
	const listening: Host = {
		...host,
		emit(event) {
			if (event.type === 'log' && event.level === 'warn') problems.push(host.redact(event.message));
			host.emit(event);
		},
	};
	// Most commands have nothing to say: they open nothing.
	const alerts = (): Alerts => {
		opened ??= openRunAlerts({config, root, state: database?.state}, listening);
		return opened;
	};
	const flush = async () => {
		if (opened === undefined) return;
		const deadline = new AbortController();
		const sent = opened.tick().then(() => opened?.idle());
		await Promise.race([sent, host.sleep(FLUSH_MS, deadline.signal).catch(() => undefined)]);
		deadline.abort();
	};
	return {
		raise: (alert) => alerts().raise(alert),
		resolve: (key) => alerts().resolve(key),
		notice: (notice) => alerts().notice(notice),
		send: () => void opened?.tick(),
		flush,
		async silence(untilMs, why) {
			alerts().silence(untilMs, why);
			if (database !== undefined) await silenceShop(database.db, {untilMs, why, by: config.shop.name}, listening);
		},
		problems,
		async close() {
			await opened?.close(FLUSH_MS);
		},
	};
}

/** The shop reads it where it keeps its own alerts. */
async function silenceShop(
	db: Db,
	silence: {readonly untilMs: number; readonly why: string; readonly by: string},
	host: Host,
): Promise<void> {
	try {
		await changeRecord<SilenceRecord>(openShopStore(db), SILENCE_KEY, (known) => ({
			kind: 'silence',
			key: SILENCE_KEY,
			version: known?.version ?? 0,
			silence: {sinceMs: host.now(), ...silence},
		}));
	} catch (error) {
		const message = `the shop’s alerts could not be silenced: ${errorMessage(error)}`;
		host.emit({type: 'log', level: 'warn', message});
	}
}
