import type {LoadedConfig} from '../kernel/config/load.js';
import {configSchema, type DatabaseConfig} from '../kernel/config/schema.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {passwordOf} from '../kernel/redact.js';
import type {Session} from './session.js';

export type TargetFlags = {readonly uri?: string; readonly name?: string};

/** The database a command is about, with the configuration it was found by. */
export type DatabaseTarget = {
	readonly loaded: LoadedConfig;
	readonly config: DatabaseConfig;
	readonly uri: string;
};

/**
 * The configured database, or the one of the flags; its password is kept from every sink.
 * @throws SastaError DATABASE_NONE, DATABASE_URI_MISSING, USAGE
 */
export async function readTarget({host, loadConfig}: Session, flags: TargetFlags): Promise<DatabaseTarget> {
	const loaded = await loadConfig();
	const configured = loaded.config.database;
	if (flags.uri !== undefined) {
		const password = passwordOf(flags.uri);
		if (password !== undefined) {
			host.addSecret(password);
			const message = 'everybody on this machine sees the password of --uri (ps): give it as MONGODB_URI instead';
			host.emit({type: 'log', level: 'warn', message});
		}
	}
	if (configured === 'none' && flags.uri === undefined)
		throw new SastaError('DATABASE_NONE', 'This shop is configured with "database: none"', {exitCode: EXIT.usage});
	const section = configured === 'none' ? {} : configured;
	const parsed = configSchema.safeParse({
		database: {
			...section,
			...(flags.uri === undefined ? {} : {uri: flags.uri}),
			...(flags.name === undefined ? {} : {name: flags.name}),
		},
	});
	const config = parsed.success ? parsed.data.database : 'none';
	if (config === 'none') {
		throw new SastaError(
			'USAGE',
			`--uri or --name is no ${flags.name === undefined ? 'address' : 'address or name'} of a database`,
			{
				exitCode: EXIT.usage,
				hint: 'An address starts with mongodb:// or mongodb+srv://; a name has no blank, slash, dot, quote or $',
			},
		);
	}
	if (config.uri === undefined) {
		throw new SastaError('DATABASE_URI_MISSING', 'No database address is configured', {
			exitCode: EXIT.usage,
			hint: 'Set MONGODB_URI, database.uri in sastaops.yaml, or --uri',
		});
	}
	return {loaded, config, uri: config.uri};
}
