export type {Config} from './kernel/config/schema.js';
export type {
	Backfill,
	Migration,
	MigrationContext,
	MigrationStep,
	Phase,
	Seed,
} from './migrate/author.js';
