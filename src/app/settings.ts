import {readFileSync} from 'node:fs';
import * as z from 'zod';
import {errorMessage, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {editDistance} from '../kernel/suggest.js';

type Environment = Readonly<Record<string, string | undefined>>;

const count = (low: number, high: number) => {
	const message = `must be a whole number from ${low} to ${high}`;
	return z.coerce.number({error: message}).int(message).min(low, message).max(high, message);
};
const list = z.string().transform((text) =>
	text
		.split(',')
		.map((item) => item.trim())
		.filter((item) => item !== ''),
);
const secret = z.string().regex(/^\S{32,}$/, 'must have at least 32 characters, and no spaces');

/** Every variable the shop reads. `templates/env.production` explains each to whoever sets it. */
const variables = z.object({
	SHOP_ENV: z.enum(['production', 'staging', 'development', 'test']).default('development'),
	SHOP_VERSION: z.string().default('0.0.0'),
	SHOP_COMMIT: z.string().default('unknown'),
	MONGODB_URI: z.string().min(1),
	DATABASE_NAME: z.string().default('sastabazar'),
	POOL_MAX: count(1, 500).default(20),
	POOL_MIN: count(0, 500).default(2),
	POOL_WAIT_MS: count(1, 60_000).default(2000),
	DATABASE_TIMEOUT_MS: count(100, 60_000).default(10_000),
	REQUEST_TIMEOUT_MS: count(100, 60_000).default(10_000),
	PAYMENTS: z.enum(['razorpay', 'sandbox']).optional(),
	RAZORPAY_URL: z.url().default('https://api.razorpay.com'),
	RAZORPAY_KEY_ID: z
		.string()
		.regex(/^rzp_(?:test|live)_\w{8,}$/, 'must look like rzp_test_… or rzp_live_…')
		.optional(),
	RAZORPAY_KEY_SECRET: z.string().min(8).optional(),
	RAZORPAY_WEBHOOK_SECRET: z.string().min(8).optional(),
	RAZORPAY_OLD_WEBHOOK_SECRET: z.string().min(8).optional(),
	RESERVATION_SECONDS: count(1, 86_400).default(900),
	CORS_ORIGINS: list.default([]),
	TRUSTED_PROXIES: list.default([]),
	RATE_LIMIT_PER_MINUTE: count(1, 1_000_000).default(300),
	RATE_LIMIT_STRICT_PER_MINUTE: count(1, 1_000_000).default(10),
	MOST_LOOP_DELAY_MS: count(10, 60_000).default(500),
	METRICS_TOKEN: secret.optional(),
	DASHBOARD_TOKEN: secret.optional(),
	LOG_LEVEL: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
	LOG_FOLDER: z.string().optional(),
	NODE_APP_INSTANCE: count(0, 4096).optional(),
	SENTRY_DSN: z.url().optional(),
	OTLP_URL: z.url().optional(),
	ALERTS: z.string().optional(),
	ALERT_FOLDER: z.string().default('.sastaops'),
});

export type SettingName = keyof typeof variables.shape;

export const SETTING_NAMES = Object.keys(variables.shape) as readonly SettingName[];

/** How the shop is set up, checked as a whole. */
export type Settings = z.output<typeof variables> & {readonly PAYMENTS: 'razorpay' | 'sandbox'};

/** Secrets may lie in a file that the variable of this name points to, as Docker and systemd hand them over. */
const FILE = '_FILE';
/**
 * Reads the settings of the shop from its environment.
 * @throws SastaError SETTINGS, with every problem at once
 */
export function readSettings(environment: Environment): Settings {
	const problems: string[] = [];
	const values = withFiles(environment, problems);
	const parsed = variables.safeParse(values);
	if (!parsed.success) {
		for (const {path, message} of parsed.error.issues)
			problems.push(
				values[String(path[0])] === undefined ? `${String(path[0])} is missing` : `${String(path[0])}: ${message}`,
			);
	}
	problems.push(...misspelt(environment));
	const settings = parsed.success ? withPayments(parsed.data) : undefined;
	if (settings) problems.push(...judge(settings));
	if (settings === undefined || problems.length > 0) throw unusable(problems);
	return settings;
}

function withFiles(environment: Environment, problems: string[]): Record<string, string | undefined> {
	const values: Record<string, string | undefined> = {};
	for (const name of Object.keys(variables.shape)) {
		const value = environment[name];
		const file = environment[name + FILE];
		if (value && file) problems.push(`${name} and ${name + FILE} are both set`);
		// An empty variable is one that nobody filled in.
		values[name] = value || undefined;
		if (!file || value) continue;
		try {
			values[name] = readFileSync(file, 'utf8').trimEnd();
		} catch (error) {
			problems.push(`${name + FILE}: ${errorMessage(error)}`);
		}
	}
	return values;
}

/** Variables of ours that are not there, beside one that nearly is. */
function misspelt(environment: Environment): string[] {
	const names = Object.keys(variables.shape);
	const missing = names.filter((name) => environment[name] === undefined && environment[name + FILE] === undefined);
	return Object.keys(environment).flatMap((name) => {
		if (!name.includes('_') || names.includes(name)) return [];
		const meant = missing.find((candidate) => isNearly(name, candidate));
		return meant === undefined ? [] : [`${name} is no variable of the shop; ${meant} is`];
	});
}

function isNearly(name: string, candidate: string): boolean {
	return editDistance(name, candidate) <= 2 || candidate.startsWith(name) || name.startsWith(candidate);
}

function withPayments(read: z.output<typeof variables>): Settings {
	return {...read, PAYMENTS: read.PAYMENTS ?? (read.SHOP_ENV === 'production' ? 'razorpay' : 'sandbox')};
}

const SYSTEM_DATABASES: ReadonlySet<string> = new Set(['admin', 'local', 'config']);

/** What no variable alone can tell. */
function judge(settings: Settings): string[] {
	const {SHOP_ENV, PAYMENTS, RAZORPAY_KEY_ID: keyId, TRUSTED_PROXIES, POOL_MIN, POOL_MAX} = settings;
	const isProduction = SHOP_ENV === 'production';
	const problems: string[] = [];
	if (PAYMENTS === 'sandbox' && isProduction)
		problems.push('PAYMENTS: the sandbox takes no real money: not in production');
	if (PAYMENTS === 'razorpay') {
		for (const name of ['RAZORPAY_KEY_ID', 'RAZORPAY_KEY_SECRET', 'RAZORPAY_WEBHOOK_SECRET'] as const)
			if (settings[name] === undefined) problems.push(`${name} is missing`);
		if (isProduction && keyId?.startsWith('rzp_test_'))
			problems.push('RAZORPAY_KEY_ID: a test key takes no real money: not in production');
		if (isProduction && !settings.RAZORPAY_URL.startsWith('https://'))
			problems.push('RAZORPAY_URL: the key’s secret goes there: https only in production');
	}
	if (!isProduction && keyId?.startsWith('rzp_live_'))
		problems.push(`RAZORPAY_KEY_ID: a live key takes real money: not in ${SHOP_ENV}`);
	if (settings.RAZORPAY_KEY_SECRET !== undefined && settings.RAZORPAY_KEY_SECRET === settings.RAZORPAY_WEBHOOK_SECRET)
		problems.push('RAZORPAY_WEBHOOK_SECRET must not be the key’s secret');
	if (TRUSTED_PROXIES.some((proxy) => proxy === '*' || proxy === 'true' || proxy === '0.0.0.0/0' || proxy === '::/0'))
		problems.push('TRUSTED_PROXIES: whoever is trusted may name any address as the client’s; list your proxies');
	if (SYSTEM_DATABASES.has(settings.DATABASE_NAME)) problems.push('DATABASE_NAME is one of the server’s own');
	const named = /^mongodb(?:\+srv)?:\/\/[^/]+\/([^?]+)/.exec(settings.MONGODB_URI)?.[1];
	// A user's own database may be named there to log in by.
	if (named !== undefined && named !== settings.DATABASE_NAME && !SYSTEM_DATABASES.has(named))
		problems.push(`MONGODB_URI names the database ${named}, and DATABASE_NAME ${settings.DATABASE_NAME}`);
	if (POOL_MIN > POOL_MAX) problems.push('POOL_MIN is greater than POOL_MAX');
	return problems;
}

function unusable(problems: readonly string[]): SastaError {
	return new SastaError(
		'SETTINGS',
		`The shop cannot start: ${problems.length === 1 ? 'one of its settings is' : `${problems.length} of its settings are`} to be mended`,
		{
			exitCode: EXIT.usage,
			details: problems,
			hint: 'Set them in its environment; templates/env.production explains each',
		},
	);
}
