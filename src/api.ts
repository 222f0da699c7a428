export type {
	Backfill,
	Migration,
	MigrationContext,
	MigrationStep,
	Phase,
	Seed,
} from './migrate/author.js';
