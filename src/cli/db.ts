import type {Command} from 'commander';
import {addDbCheck} from './db-check.js';
import {addIndexes} from './db-indexes.js';
import {addMigrate} from './db-migrate.js';
import {addSeed} from './db-seed.js';
import type {Actions} from './session.js';

export function addDb(program: Command, actions: Actions): void {
	const db = program
		.command('db')
		.description("The shop's database: readiness, indexes, migrations, seeds")
		.helpGroup('Data:');
	addDbCheck(db, actions);
	addIndexes(db, actions);
	addMigrate(db, actions);
	addSeed(db, actions);
}
