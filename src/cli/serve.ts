import {once} from 'node:events';
import {type Command, InvalidArgumentError} from 'commander';
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
				host.emit({type: 'log', level: 'info', message: `${options.settings.SHOP_VERSION} listens on ${shop.url}`});
				if (!host.signal.aborted) await once(host.signal, 'abort');
				await shop.close();
				return {
					report: {command: session.command, verdict: 'pass', exitCode: EXIT.ok, data: {url: shop.url}},
					document: [{kind: 'text', text: 'Stopped; every request that had begun was answered'}],
				};
			}),
		);
}

/** The shop's own variables; what they leave open is taken from sastaops.yaml and from the deployment. */
async function readOptions({host, flags, loadConfig}: Session) {
	const {env} = host;
	const {config} = await loadConfig();
	const configured = config.database === 'none' ? undefined : config.database;
	const [{readSettings}, {readAlertsConfig}] = await Promise.all([
		import('../app/settings.js'),
		import('../app/alerts/read-config.js'),
	]);
	const settings = readSettings({
		SHOP_VERSION: env['SASTAOPS_VERSION'],
		SHOP_COMMIT: env['SASTAOPS_COMMIT'],
		...env,
		// What was said to sastaops itself comes first; then the shop's own variables; then the file and its defaults.
		MONGODB_URI: env['SASTAOPS_DATABASE_URI'] || env['MONGODB_URI'] || configured?.uri,
		DATABASE_NAME: env['SASTAOPS_DATABASE_NAME'] || env['DATABASE_NAME'] || configured?.name,
	});
	return {
		settings,
		alerts: settings.ALERTS === undefined ? config.alerts : await readAlertsConfig(settings.ALERTS, host),
		...(flags.quiet ? {} : {log: (line: string) => host.stderr.write(line)}),
	};
}

function parsePort(text: string): number {
	const port = Number(text);
	if (!/^\d+$/.test(text) || port > 65_535) throw new InvalidArgumentError('must be a port number, 0 to 65535');
	return port;
}
