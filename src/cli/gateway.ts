import {once} from 'node:events';
import {mkdir} from 'node:fs/promises';
import {dirname, resolve} from 'node:path';
import {type Command, InvalidArgumentError} from 'commander';
import type {GatewayOptions} from '../gateway/start.js';
import {formatDuration} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import {outliveTerminal} from './host.js';
import type {Actions, Session} from './session.js';

type GatewayFlags = {
	readonly listen: GatewayOptions['listen'];
	readonly stable: readonly string[];
	readonly canary: readonly string[];
	readonly admin: string;
	readonly cookie: string;
};

const DRAIN_MS = 10_000;

export function addGateway(program: Command, actions: Actions): void {
	program
		.command('gateway')
		.description('Divide the traffic between two versions of the shop, until it is told to stop')
		.helpGroup('Look around:')
		.requiredOption('--listen <port>', 'port to listen on, or address:port', parseListen)
		.requiredOption('--stable <url>', 'an instance of the version that runs; again for more', collectUrl)
		.requiredOption('--canary <url>', 'an instance of the version on trial; again for more', collectUrl)
		.option('--admin <where>', 'where it is steered: 127.0.0.1:port or a unix socket', '.sastaops/gateway.sock')
		.option('--cookie <name>', 'the session cookie that keeps a shopper on one version', 'sid')
		.action(actions.run(runGateway));
}

async function runGateway({host, command}: Session, flags: GatewayFlags) {
	const {startGateway} = await import('../gateway/start.js');
	const {listen, stable, canary, cookie} = flags;
	const token = host.env['SASTAOPS_GATEWAY_TOKEN'] || undefined;
	if (token !== undefined) host.addSecret(token);
	const admin = await placeAdmin(flags.admin, host.cwd);
	const giveBack = outliveTerminal();
	const gateway = await startGateway(
		{listen, stable, canary, admin, token, cookieName: cookie, drainMs: DRAIN_MS},
		host,
	);
	const say = (message: string) => host.emit({type: 'log', level: 'info', message});
	say(`The gateway listens on ${gateway.url}, all of it to ${stable.join(', ')}; it is steered at ${gateway.admin}`);
	if (!host.signal.aborted) await once(host.signal, 'abort');
	say(`Requests under way have ${formatDuration(DRAIN_MS)} to finish`);
	const totals = await gateway.close();
	giveBack();
	const {url} = gateway;
	return {
		report: {command, verdict: 'pass' as const, exitCode: EXIT.ok, data: {url, admin: gateway.admin, totals}},
		document: [
			{
				kind: 'text' as const,
				text: `Stopped; ${totals.stable.requests} requests went to stable, ${totals.canary.requests} to the canary`,
			},
		],
	};
}

/** A path is made absolute, and its folder is made where it is our own. */
async function placeAdmin(where: string, cwd: string): Promise<string> {
	if (/^[^/]+:\d+$/.test(where)) return where;
	const path = resolve(cwd, where.replace(/^unix:/, ''));
	if (dirname(path).endsWith('.sastaops')) await mkdir(dirname(path), {recursive: true});
	return path;
}

function parseListen(text: string): GatewayOptions['listen'] {
	const [, address, digits = ''] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
	const port = Number(digits);
	if (digits === '' || port > 65_535) throw new InvalidArgumentError('must be a port, 0 to 65535, or address:port');
	return {host: address?.replace(/^\[|\]$/g, ''), port};
}

function collectUrl(text: string, before: readonly string[] = []): readonly string[] {
	const url = URL.canParse(text) ? new URL(text) : undefined;
	if (url?.protocol !== 'http:' || url.pathname !== '/' || url.search !== '' || url.username !== '') {
		throw new InvalidArgumentError('must be http://host:port of an instance');
	}
	return [...before, url.origin];
}
