/** What the dashboard shows: plain data, made on the server and drawn on both sides. Times are ISO, money is paise. */
export type DashboardData = {
	readonly generatedAt: string;
	/** `process`: the database did not answer, so the counts are one process's since its start. */
	readonly source: 'shop' | 'process';
	readonly shop: {
		readonly version: string;
		readonly commit: string;
		readonly environment: string;
		readonly uptimeSeconds: number;
	};
	readonly health: {
		readonly status: 'ok' | 'down';
		readonly databaseLatencyMs: number | null;
		/** Null where it cannot be known. */
		readonly maintenance: boolean | null;
	};
	readonly objectives: readonly DashboardObjective[];
	readonly lastHour: DashboardSeries;
	readonly lastTwoDays: DashboardSeries;
	/** Of the last day. */
	readonly funnel: {
		readonly checkouts: number;
		readonly outOfStock: number;
		readonly failed: number;
		readonly paid: number;
		readonly expired: number;
		readonly refunded: number;
		readonly paymentsFailed: number;
		readonly quarantined: number;
		readonly revenuePaise: number;
		readonly registrations: number;
		/** Orders paid per checkout; null without a checkout. */
		readonly conversion: number | null;
	};
	readonly errors: readonly {
		readonly fingerprint: string;
		readonly message: string;
		readonly route: string;
		readonly count: number;
		readonly firstSeen: string;
		readonly lastSeen: string;
		readonly versions: readonly string[];
	}[];
	readonly pool: {
		readonly connections: number;
		readonly inUse: number;
		readonly waiting: number;
		readonly max: number;
	};
	readonly releases: readonly {readonly version: string; readonly at: string; readonly what: string}[];
	readonly alerts: readonly {readonly severity: string; readonly text: string; readonly since: string}[];
};

export type DashboardObjective = {
	readonly name: string;
	readonly title: string;
	readonly target: number;
	/** Whether the last thirty days prove the target met or missed. */
	readonly verdict: 'pass' | 'fail' | 'inconclusive';
	/** Share of the thirty days' budget that is used; above 1 it is gone. Null where nothing happened. */
	readonly budgetUsed: number | null;
	readonly windows: readonly {
		readonly name: string;
		readonly total: number;
		readonly ratio: number | null;
		readonly burnRate: number | null;
	}[];
};

/** Columns of one length; a null is a step of which nothing is known, or in which nothing happened. */
export type DashboardSeries = {
	/** Seconds since the epoch, rising. */
	readonly at: readonly number[];
	readonly requests: readonly (number | null)[];
	readonly errors: readonly (number | null)[];
	/** Upper bounds in milliseconds. */
	readonly p50: readonly (number | null)[];
	readonly p95: readonly (number | null)[];
	readonly p99: readonly (number | null)[];
	readonly checkouts: readonly (number | null)[];
	readonly paid: readonly (number | null)[];
	readonly revenuePaise: readonly (number | null)[];
};
