import type {Command} from 'commander';
import type {Actions} from './session.js';

export function addServe(program: Command, _actions: Actions): void {
	program.command('serve').description('Serve');
}
