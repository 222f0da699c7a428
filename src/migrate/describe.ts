import type {Db, Document} from 'mongodb';
import type {Phase} from './author.js';
import type {LoadedMigration} from './catalogue.js';
import {readOnlyDb} from './guard.js';

/** What release notes and plans say about one migration. */
export type MigrationStepNote = {
	readonly id: string;
	readonly title: string;
	readonly phase: Phase;
	readonly isReversible: boolean;
	/** Why there is no way back. */
	readonly irreversible: string | undefined;
	/** Documents it will touch; undefined where the migration does not tell. */
	readonly documents: number | undefined;
	/** What a person must do besides. */
	readonly operator: string | undefined;
};

/** How the server will find the documents of one backfill. */
export type BackfillPreview = {
	readonly step: string;
	readonly collection: string;
	readonly documents: number;
	/** The winning plan, innermost stage first: `IXSCAN status_1 → FETCH`, or `COLLSCAN`. */
	readonly plan: string;
};

/** One note for each migration, documents counted now; nothing is written. */
export async function describeMigrations(pending: readonly LoadedMigration[], db: Db): Promise<MigrationStepNote[]> {
	return Promise.all(
		pending.map(async (loaded) => {
			const {title, phase, down, irreversible, operator} = loaded.migration;
			return {
				id: loaded.id,
				title,
				phase,
				isReversible: down !== undefined,
				irreversible,
				documents: await countDocuments(loaded, db),
				operator,
			};
		}),
	);
}

/** Counts and plans of a migration's backfill steps, for dry runs. */
export async function previewBackfills({migration}: LoadedMigration, db: Db): Promise<BackfillPreview[]> {
	return Promise.all(
		backfillsOf(migration.steps).map(async ({step, collection, filter}) => {
			const documents = db.collection(collection);
			const [count, explained] = await Promise.all([
				documents.countDocuments(filter),
				documents.find(filter).explain('queryPlanner'),
			]);
			return {step, collection, documents: count, plan: planText(explained['queryPlanner']?.winningPlan)};
		}),
	);
}

async function countDocuments({migration}: LoadedMigration, db: Db): Promise<number | undefined> {
	if (migration.estimate) return migration.estimate(readOnlyDb(db));
	const backfills = backfillsOf(migration.steps);
	if (backfills.length === 0) return undefined;
	const counts = await Promise.all(
		backfills.map(({collection, filter}) => db.collection(collection).countDocuments(filter)),
	);
	return counts.reduce((sum, count) => sum + count, 0);
}

function backfillsOf(steps: LoadedMigration['migration']['steps'] = []) {
	return steps.flatMap((step) =>
		'backfill' in step
			? [{step: step.name, collection: step.backfill.collection, filter: step.backfill.filter ?? {}}]
			: [],
	);
}

/** `queryPlan` holds the stages where the server runs them in its slot-based engine. */
function planText(winningPlan: Document | undefined): string {
	const stages: string[] = [];
	for (let stage = winningPlan?.['queryPlan'] ?? winningPlan; stage; stage = stage.inputStage) {
		stages.unshift(stage.indexName === undefined ? String(stage.stage) : `${stage.stage} ${stage.indexName}`);
	}
	return stages.length === 0 ? 'not told' : stages.join(' → ');
}
