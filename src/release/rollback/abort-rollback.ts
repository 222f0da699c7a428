import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {wasBegun} from '../../kernel/steps.js';
import type {Undoing} from '../undoing.js';
import type {RollbackContext} from './context.js';
import {rollbackSteps} from './steps.js';

/** @throws SastaError ABORT_TOO_LATE once the old version is being deployed, or the shop writes again */
export function assertRollbackAbortable({plan, journal}: RollbackContext): void {
	const why = ['deploy', 'maintenance-off', 'clean-up', 'mark'].find((step) => wasBegun(journal.records, step));
	if (why === undefined) return;
	throw new SastaError(
		'ABORT_TOO_LATE',
		`The rollback to ${plan.version} can no longer be aborted: its step ${why} has begun`,
		{
			exitCode: EXIT.stopped,
			hint: `Finish it: sastaops release resume${plan.data ? `; what was live before is in the backup ${plan.data.safetyBackup}` : ''}`,
		},
	);
}

/**
 * Last first: the live data takes its names back, what was restored is dropped, and only then the shop writes again.
 */
export function rollbackUndo({plan}: RollbackContext): Undoing<RollbackContext> {
	return {steps: rollbackSteps(plan), kept: []};
}
