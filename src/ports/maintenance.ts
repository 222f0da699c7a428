import type {Db} from 'mongodb';
import type {CommandConfig} from '../kernel/config/schema.js';
import {CONTROL_COLLECTION} from '../kernel/control-collection.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {lastWords} from './process.js';
import {endingOf, makeUserCommand, runUserCommand} from './user-command.js';

/** The switch that stops a shop's writes, and lets them go on. */
export type Maintenance = {
	/** As a person would call it. */
	readonly title: string;
	isOn(run: string): Promise<boolean | 'unknown'>;
	on(run: string, reason: string): Promise<void>;
	off(run: string): Promise<void>;
};

type SwitchDocument = {_id: string; on: boolean; reason: string; since: Date; run: string};

/** Every instance of the shop looks at the switch at least once a second; twice that, and what was under way is done. */
const SETTLE_MS = 2000;

/**
 * The contract's switch: the document `{_id: 'maintenance', on, reason, since, run}` in `sastaops_control` of the shop's
 * database, heard by every instance however many there are.
 */
export function openMaintenanceSwitch(db: Db, host: Pick<Host, 'sleep' | 'signal' | 'now'>): Maintenance {
	const control = db.collection<SwitchDocument>(CONTROL_COLLECTION, {writeConcern: {w: 'majority'}});
	const set = async (on: boolean, run: string, reason: string) => {
		await control.updateOne(
			{_id: 'maintenance'},
			{$set: {on, reason, run, since: new Date(host.now())}},
			{upsert: true},
		);
		await host.sleep(SETTLE_MS);
	};
	return {
		title: 'the shop’s maintenance switch',
		isOn: async (run) => (await control.findOne({_id: 'maintenance', on: true, run})) !== null,
		on: (run, reason) => set(true, run, reason),
		off: async (run) => {
			if (await control.findOne({_id: 'maintenance', on: true, run})) await set(false, run, '');
		},
	};
}

/** Maintenance by the user's own commands; whether it is on cannot be asked. */
export function openMaintenanceCommands(
	commands: {readonly on: CommandConfig; readonly off: CommandConfig},
	root: string,
	host: Host,
): Maintenance {
	const run = async (config: CommandConfig) => {
		const command = makeUserCommand(config, root);
		const result = await runUserCommand(command, host, {uninterruptible: true});
		if (result.exitCode === 0) return;
		throw new SastaError('MAINTENANCE_FAILED', `The maintenance command ${endingOf(result)}: ${command.title}`, {
			exitCode: EXIT.stopped,
			details: lastWords(`${result.stdout}\n${result.stderr}`, host),
			hint: 'Mend it, then: sastaops release resume',
		});
	};
	return {
		title: makeUserCommand(commands.on, root).title,
		isOn: async () => 'unknown',
		on: () => run(commands.on),
		off: () => run(commands.off),
	};
}
