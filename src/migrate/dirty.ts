import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';

/** The state a person must decide about, with the three ways out. */
export function dirtyError(id: string, message: string, cause?: unknown): SastaError {
	return new SastaError('MIGRATION_DIRTY', message, {
		exitCode: EXIT.stopped,
		cause,
		details: waysOut(id),
		hint: 'Resume is for migrations that have named steps or are idempotent: only those can be run again',
	});
}

export function waysOut(id: string): string[] {
	return [
		'Go on:             sastaops db migrate resume',
		`Done all the same: sastaops db migrate mark-applied ${id} --reason "…"`,
		'Back to before:    sastaops backup restore <the backup taken before>',
	];
}
