import type {Command} from 'commander';
import type {Actions} from './session.js';

export function addRelease(program: Command, _actions: Actions): void {
	program.command('release').description('Release');
}
