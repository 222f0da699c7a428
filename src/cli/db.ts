import type {Command} from 'commander';
import type {Actions} from './session.js';

export function addDb(program: Command, _actions: Actions): void {
	program.command('db').description('Db');
}
