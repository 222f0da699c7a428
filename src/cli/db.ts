import type {Command} from 'commander';
import {addMigrate} from './db-migrate.js';
import {addSeed} from './db-seed.js';
import type {Actions} from './session.js';

export function addDb(program: Command, actions: Actions): void {
	const db = program.command('db').description("Migrations and seeds of the shop's database").helpGroup('Data:');
	addMigrate(db, actions);
	addSeed(db, actions);
}
