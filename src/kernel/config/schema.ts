import * as z from 'zod';
import {alerts} from './alerts.js';
import {audit} from './audit.js';
import {canary} from './canary.js';
import {argv, commandOrArgv, duration} from './fields.js';
import {slo} from './slo.js';

/** Stands in headings and in the tag, where a line end would begin something else. */
const oneLine = z.string().regex(/^[^\p{Cc}\u2028\u2029]+$/u, 'must be one line of text');

const shop = z.strictObject({
	name: oneLine.default('sastabazar'),
	url: z
		.url({protocol: /^https?$/})
		.optional()
		.describe('Where the shop answers, for health checks'),
	api: z.string().startsWith('/').default('/api'),
	environment: oneLine.default('production'),
	headers: z.record(z.string(), z.string()).default({}),
});

const deploy = z.strictObject({
	command: commandOrArgv
		.optional()
		.describe(
			'Deploys the version it is told by SASTAOPS_VERSION, SASTAOPS_TAG and SASTAOPS_COMMIT; on a rollback that is not what is checked out',
		),
	pm2: z
		.string()
		.optional()
		.describe('A pm2 ecosystem file or process name: "pm2 reload" runs what is checked out here'),
	verify: z
		.strictObject({
			path: z.string().startsWith('/').default('/api/health'),
			timeout: duration.default('90s'),
			interval: duration.default('1s'),
		})
		.prefault({}),
	onFailure: z
		.enum(['ask', 'rollback', 'stop'])
		.default('ask')
		.describe('When the new version does not become healthy: ask, deploy the old one again, or stop'),
});

const release = z.strictObject({
	branch: z.string().min(1).default('main'),
	remote: z.string().min(1).default('origin'),
	tagPrefix: z
		.string()
		.regex(/^[\w./-]*$/, 'may hold letters, digits, and . _ / -')
		.default('v'),
	sign: z.boolean().default(false).describe('Sign the tag with the key git is configured with'),
	checks: z
		.array(commandOrArgv)
		.default([])
		.describe('Commands that must succeed before anything begins, such as "npm test"'),
	assets: z.array(z.string().min(1)).default([]).describe('Files to attach to the GitHub release, as globs'),
	changelog: z
		.string()
		.min(1)
		.optional()
		.describe(
			'A changelog, relative to the repository’s top, that each release is written into, in a commit of its own',
		),
	notesTemplate: z.string().min(1).optional().describe('A Markdown template for the notes'),
	deploy: deploy.optional(),
	maintenance: z
		.strictObject({on: commandOrArgv, off: commandOrArgv})
		.optional()
		.describe('Commands that stop and allow writes; without them the shop contract’s switch is used'),
	forge: z
		.strictObject({
			kind: z.literal('github').default('github'),
			repository: z
				.string()
				.regex(/^[\w.-]+\/[\w.-]+$/, 'must be owner/name')
				.optional(),
			baseUrl: z.url().optional().describe('API address of a GitHub Enterprise Server'),
		})
		.prefault({}),
});

const indexKeys = z
	.strictObject({
		keys: z.record(
			z.string(),
			z.union([z.literal(1), z.literal(-1), z.literal('text'), z.literal('2dsphere'), z.literal('hashed')]),
		),
		unique: z.boolean().optional(),
		sparse: z.boolean().optional(),
		expireAfterSeconds: z.number().int().nonnegative().optional(),
		partialFilterExpression: z.record(z.string(), z.unknown()).optional(),
		collation: z.looseObject({locale: z.string().min(1)}).optional(),
		name: z.string().optional(),
	})
	.describe('One index');

/** What a shop needs to be fast and correct; a configuration replaces it collection by collection. */
export const DEFAULT_INDEXES = {
	users: [{keys: {email: 1}, unique: true}],
	products: [{keys: {slug: 1}, unique: true}, {keys: {category: 1}}],
	orders: [{keys: {userId: 1, createdAt: -1}}],
} as const;

const database = z.strictObject({
	uri: z
		.string()
		.regex(/^mongodb(?:\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
		.optional(),
	name: z
		.string()
		.regex(/^[^/\\. "$*<>:|?]{1,63}$/, 'is not a legal database name')
		.default('sastabazar'),
	state: z
		.strictObject({
			uri: z
				.string()
				.regex(/^mongodb(?:\+srv)?:\/\//, 'must start with mongodb:// or mongodb+srv://')
				.optional(),
			name: z.string().min(1).max(63).default('sastaops_state'),
		})
		.prefault({}),
	migrations: z.string().default('migrations'),
	seeds: z.string().default('seeds'),
	indexes: z.record(z.string(), z.array(indexKeys)).default(() => structuredClone(DEFAULT_INDEXES) as never),
	pool: z
		.strictObject({
			workers: z.number().int().min(1).default(1).describe('Processes of the shop, each with a pool of its own'),
			maxPoolSize: z.number().int().min(1).optional().describe('Of each; what the address says, or 100, without it'),
			reserve: z.number().int().min(0).default(20).describe('Connections for releases, backups and people'),
			tier: z
				.enum(['M0', 'Flex', 'M10', 'M20', 'M30', 'M40', 'M50', 'M60'])
				.optional()
				.describe('Of Atlas; its limit then counts'),
		})
		.prefault({}),
});

const backup = z.strictObject({
	engine: z.enum(['auto', 'mongodump', 'builtin']).default('auto'),
	store: z.string().min(1).default('./backups').describe('Folder, relative to the configuration file'),
	mongodump: argv.default('mongodump').describe('The mongodump to run'),
	mongorestore: argv.default('mongorestore').describe('The mongorestore to run'),
	keep: z
		.strictObject({
			last: z.number().int().min(1).default(7),
			daily: z.number().int().min(0).default(14),
			weekly: z.number().int().min(0).default(8),
		})
		.prefault({})
		.describe('Which backups "backup prune" keeps; backups a release still needs are always kept'),
	timeout: duration.default('2h'),
});

/** The whole of sastaops.yaml. Every key has a default or is asked for by name. */
export const configSchema = z
	.strictObject({
		$schema: z.string().optional(),
		version: z.literal(1).default(1),
		shop: shop.prefault({}),
		release: release.prefault({}),
		database: z.union([z.literal('none'), database]).prefault({}),
		backup: backup.prefault({}),
		canary: canary.optional(),
		slo: slo.prefault({}),
		audit: audit.prefault({}),
		alerts: alerts.prefault({}),
	})
	.meta({title: 'sastaops.yaml', description: 'Configuration of sastaops'});

export type Config = z.output<typeof configSchema>;
export type DatabaseConfig = Exclude<Config['database'], 'none'>;
export type CanaryConfig = NonNullable<Config['canary']>;
export type SloConfig = Config['slo'];
export type BackupConfig = Config['backup'];
export type DeployConfig = NonNullable<Config['release']['deploy']>;
export type CommandConfig = z.output<typeof commandOrArgv>;
