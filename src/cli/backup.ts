import type {Command} from 'commander';
import type {Actions} from './session.js';

export function addBackup(program: Command, _actions: Actions): void {
	program.command('backup').description('Backup');
}
