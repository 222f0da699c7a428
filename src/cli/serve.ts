import {once} from 'node:events';
import {type Command, InvalidArgumentError} from 'commander';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Actions, Session} from './session.js';

type ServeFlags = {readonly port: number; readonly host: string};

export function addServe(program: Command, actions: Actions): void {
	program
		.command('serve')
		.description('Run the reference shop, until it is told to stop')
		.helpGroup('Look around:')
		.option('--port <port>', 'port to listen on', parsePort, 3000)
		.option('--host <address>', 'address to listen on', '127.0.0.1')
		.action(
			actions.run(async (session, flags: ServeFlags) => {
				const {host} = session;
				const {openShop} = await import('../app/shop.js');
				const options = {...(await readOptions(session)), port: flags.port, address: flags.host};
				const shop = await openShop(options, host);
				host.emit({type: 'log', level: 'info', message: `${options.version} listens on ${shop.url}`});
				if (!host.signal.aborted) await once(host.signal, 'abort');
				await shop.close();
				return {
					report: {command: session.command, verdict: 'pass', exitCode: EXIT.ok, data: {url: shop.url}},
					document: [{kind: 'text', text: 'Stopped; every request that had begun was answered'}],
				};
			}),
		);
}

/** The database is the configuration's; who the shop is comes from the environment, as a deployment sets it. */
async function readOptions({host, flags, loadConfig}: Session) {
	const {config} = await loadConfig();
	const {database, shop} = config;
	if (database === 'none' || database.uri === undefined) {
		throw new SastaError('DATABASE_MISSING', 'The shop needs a database', {
			exitCode: EXIT.usage,
			hint: 'Set database.uri in sastaops.yaml, or MONGODB_URI',
		});
	}
	const {env} = host;
	return {
		mongoUri: database.uri,
		databaseName: database.name,
		version: env['SHOP_VERSION'] ?? env['SASTAOPS_VERSION'] ?? '0.0.0',
		commit: env['SHOP_COMMIT'] ?? env['SASTAOPS_COMMIT'] ?? 'unknown',
		environment: shop.environment,
		...(flags.quiet ? {} : {log: (line: string) => host.stderr.write(host.redact(line))}),
	};
}

function parsePort(text: string): number {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a port number, 0 to 65535');
	return port;
}
