import type {BSON, Collection, Db, Document, Filter, UpdateFilter} from 'mongodb';

/** `expand`: the old code can live with it. `contract`: takes away what old code may still need. */
export type Phase = 'expand' | 'contract';

/** What a migration file exports, each as a named export: `title`, `phase`, and `up` or `steps`. */
export type Migration = {
	/** One line for plans and release notes. */
	readonly title: string;
	readonly phase: Phase;
	/** The whole change, where it needs no steps. */
	readonly up?: (context: MigrationContext) => Promise<void>;
	/** The change in named parts. Each part must be safe to run again: an interrupted one is. */
	readonly steps?: readonly MigrationStep[];
	/** The way back; it must also cope with a change that got only half-way. */
	readonly down?: (context: MigrationContext) => Promise<void>;
	/** Why there is no way back; stands in place of `down`. */
	readonly irreversible?: string;
	/** `up` may be run again after it was cut anywhere. @default false */
	readonly idempotent?: boolean;
	/** How many documents will be touched. Backfill steps are counted without it. */
	readonly estimate?: (db: Db) => Promise<number>;
	/** What a person must do besides; goes into the release notes. */
	readonly operator?: string;
	/** Lint rules that are knowingly broken, each with its reason: `{'drop-collection': 'empty since 1.1'}`. */
	readonly accept?: Readonly<Record<string, string>>;
};

export type MigrationStep = {
	/** Saved in the database: lower case letters, digits, hyphens. Never rename it once it may have run. */
	readonly name: string;
} & ({readonly run: (context: MigrationContext) => Promise<void>} | {readonly backfill: Backfill});

/**
 * A change of many documents, in batches by `_id`, each document exactly once. Give `update`, the same for all
 * documents, or `each`, which makes the update of one document (undefined leaves it alone).
 */
export type Backfill = {
	readonly collection: string;
	/** Tells the backfills of one step apart. @default the collection */
	readonly name?: string;
	/** @default {} all documents */
	readonly filter?: Filter<Document>;
	/** @default 500 */
	readonly batchSize?: number;
} & (
	| {readonly update: UpdateFilter<Document> | readonly Document[]}
	| {readonly each: (document: Document) => UpdateFilter<Document> | undefined}
);

/** What a migration is given. Every write first checks that the run still holds its lease. */
export type MigrationContext = {
	readonly db: Db;
	collection<T extends Document = Document>(name: string): Collection<T>;
	/** Resolves to the number of documents changed since the backfill began, earlier runs included. */
	backfill(backfill: Backfill): Promise<number>;
	/** The types of the driver in use: values of another copy of the driver are refused by it. */
	readonly bson: typeof BSON;
	/** Aborted when the run is to stop; backfills heed it by themselves. */
	readonly signal: AbortSignal;
	log(message: string): void;
};

/** What a seed file exports, each as a named export: documents that must be there, found by `key`. */
export type Seed = {
	readonly title: string;
	readonly collection: string;
	/** The field, or fields, that say which document is which; never changed by the seed. */
	readonly key: string | readonly string[];
	readonly documents: readonly Document[];
	/** `update` sets the seed's fields on a document that is there; `keep` leaves it alone. @default 'update' */
	readonly existing?: 'update' | 'keep';
};
