import {type Binary, type Db, MongoServerError} from 'mongodb';
import {formatDuration} from '../kernel/duration.js';
import {errorMessage, isSastaError, SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Lease} from '../kernel/lease.js';
import type {MigrationContext} from './author.js';
import type {LoadedMigration} from './catalogue.js';
import {makeContext} from './context.js';
import {dirtyError, waysOut} from './dirty.js';
import {type MigrationRow, migrationRows, overtaken, updateOwnRow} from './rows.js';
import {isResumable} from './status.js';

export type ApplyRequest = {
	/** The shop's database. */
	readonly db: Db;
	readonly lease: Pick<Lease, 'token' | 'assertHeld'>;
	readonly migration: LoadedMigration;
	/** The run's id, kept in the row. */
	readonly run: string;
	/** The release that brings it; undefined when applied by hand. */
	readonly release?: string | undefined;
	/** Heard between batches and steps: what is under way is finished first. */
	readonly signal: AbortSignal;
	/** A migration that takes longer has failed, and can write no more. @default as long as it takes */
	readonly timeoutMs?: number | undefined;
};

export type ApplyHost = Pick<Host, 'now' | 'emit' | 'fault' | 'redact' | 'sleep'>;

/** A row this run has written `running` into. */
export type OwnRow = Pick<MigrationRow, '_id' | 'token' | 'doneSteps' | 'direction'>;

/** @throws SastaError MIGRATION_DIRTY when a migration that was cut cannot be taken up in this direction */
export function assertResumable(
	row: MigrationRow,
	migration: LoadedMigration,
	direction: MigrationRow['direction'],
): void {
	const {id, checksum} = migration;
	if (row.direction !== direction) {
		throw dirtyError(
			id,
			`Migration ${id} was cut on its way ${row.direction}, so it cannot go ${direction} from there`,
		);
	}
	if (row.checksum !== checksum) {
		throw dirtyError(id, `Migration ${id} was cut, and its file was changed since`);
	}
	if (!isResumable(migration)) {
		throw dirtyError(id, `Migration ${id} was cut in the middle, and nobody can tell how far it came`, row.error);
	}
}

/** Writes `running`: a new row, or the old one taken over under our token, as long as nobody newer has it. */
export async function beginRow(
	{db, lease, migration, run, release}: ApplyRequest,
	before: MigrationRow | null,
	direction: MigrationRow['direction'],
	host: ApplyHost,
): Promise<OwnRow> {
	const {id, checksum} = migration;
	const goesOn = before?.state === 'running' || before?.state === 'failed';
	const row: MigrationRow = {
		_id: id,
		checksum,
		state: 'running',
		direction,
		phase: migration.migration.phase,
		token: lease.token,
		run,
		release: release ?? before?.release ?? null,
		startedAt: new Date(host.now()),
		finishedAt: null,
		step: null,
		doneSteps: goesOn ? before.doneSteps : [],
		cursor: goesOn ? before.cursor : {},
		error: null,
		session: null,
		reason: null,
	};
	await lease.assertHeld();
	if (before?.session) await endAbandonedSession(db, before.session, host);
	const rows = migrationRows(db);
	if (before === null) await insertRow(() => rows.insertOne(row), id);
	else {
		const {_id, ...set} = row;
		const {matchedCount} = await rows.updateOne(
			{_id, state: before.state, token: before.token, $expr: {$lte: ['$token', lease.token]}},
			{$set: set},
		);
		if (matchedCount !== 1) throw overtaken(id);
	}
	return row;
}

/** A killed run's open transaction would hold its locks for a minute, until the server ends it by itself. */
async function endAbandonedSession(db: Db, session: Binary, host: ApplyHost): Promise<void> {
	try {
		await db.admin().command({killSessions: [{id: session}]});
	} catch (error) {
		host.emit({type: 'log', level: 'debug', message: `killSessions: ${host.redact(errorMessage(error))}`});
	}
}

async function insertRow(insert: () => Promise<unknown>, id: string): Promise<void> {
	try {
		await insert();
	} catch (error) {
		if (error instanceof MongoServerError && error.code === 11_000) throw overtaken(id);
		throw error;
	}
}

/**
 * Runs the author's code, within its time; what it throws is written into the row, unless the run was stopped or
 * overtaken.
 */
export async function runAuthorsCode(
	request: ApplyRequest,
	row: OwnRow,
	host: ApplyHost,
	work: (request: ApplyRequest) => Promise<void>,
): Promise<void> {
	try {
		await withinTime(request, host, work);
	} catch (error) {
		if (error === request.signal.reason || isSastaError(error, 'LEASE_LOST')) throw error;
		const message = host.redact(errorMessage(error));
		await recordFailure(request, row, message, host);
		throw new SastaError(
			'MIGRATION_FAILED',
			`Migration ${row._id} failed${row.direction === 'down' ? ' on the way back' : ''}: ${message}`,
			{
				exitCode: EXIT.stopped,
				cause: error,
				details: waysOut(row._id),
				hint: 'Mend the cause first; the data is as the failure left it',
			},
		);
	}
}

/** Nobody can stop code that hangs, but from the deadline on it is told to stop and its writes are refused. */
async function withinTime(
	request: ApplyRequest,
	host: ApplyHost,
	work: (request: ApplyRequest) => Promise<void>,
): Promise<void> {
	const {timeoutMs, lease} = request;
	if (timeoutMs === undefined) return work(request);
	const deadline = new AbortController();
	const done = new AbortController();
	const limited: ApplyRequest = {
		...request,
		signal: AbortSignal.any([request.signal, deadline.signal]),
		lease: {
			token: lease.token,
			assertHeld: async () => {
				deadline.signal.throwIfAborted();
				await lease.assertHeld();
			},
		},
	};
	const timer = host.sleep(timeoutMs, done.signal).then(() => {
		const error = new SastaError('MIGRATION_TIMEOUT', `it did not end within ${formatDuration(timeoutMs)}`);
		deadline.abort(error);
		throw error;
	});
	try {
		await Promise.race([work(limited), timer]);
	} finally {
		done.abort();
		timer.catch(() => undefined);
	}
}

/** A database that cannot be told of the failure still has the row as `running`, which stops everybody as well. */
async function recordFailure({db, lease}: ApplyRequest, row: OwnRow, message: string, host: ApplyHost): Promise<void> {
	try {
		await lease.assertHeld();
		await updateOwnRow(migrationRows(db), row, {state: 'failed', error: message, finishedAt: new Date(host.now())});
	} catch (error) {
		host.emit({
			type: 'log',
			level: 'warn',
			message: `The failure was not recorded: ${host.redact(errorMessage(error))}`,
		});
	}
}

/** Writes the good end. */
export async function finishRow(
	{db, lease}: ApplyRequest,
	row: OwnRow,
	state: 'applied' | 'reverted',
	host: ApplyHost,
): Promise<void> {
	await lease.assertHeld();
	await updateOwnRow(migrationRows(db), row, {
		state,
		finishedAt: new Date(host.now()),
		step: null,
		...(state === 'reverted' ? {doneSteps: [], cursor: {}} : {}),
	});
}

/** What the author's code gets while this row is running. */
export function contextOf(
	{db, lease, signal}: ApplyRequest,
	row: OwnRow,
	step: string,
	host: ApplyHost,
): MigrationContext {
	return makeContext({db, row, step, signal, beforeWrite: () => lease.assertHeld()}, host);
}
