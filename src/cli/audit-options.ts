import {type Command, InvalidArgumentError, Option} from 'commander';
import {parseCount} from './parse-option.js';

/** How a target is reached and what may be sent to it; shared by every command that audits. */
export function addAuditOptions(command: Command): Command {
	return command
		.option('--domain <address>', 'what is audited; audit.domain, LIVE_DOMAIN or shop.url without it')
		.option('--api <path>', 'where the API is, a path or an address')
		.option('--active', 'also send what can only be refused: spoiled signatures, wrong log-ins, too much at once')
		.option('--staging', 'also make test data, such as an unpaid order; refused for live payment keys')
		.option('--i-know-this-is-live', 'make it although the keys are live')
		.option('--budget <requests>', 'the most that is sent in all (150; 300 with --active or --staging)', parseCount)
		.option('--rate <per-second>', 'requests a second (2; not held on a private network)', parseRate)
		.option('--resolve <host:port:address>', 'connect there instead, as curl does; repeatable', collect, [])
		.option('--http-port <port>', 'where plain http lives when it is not 80', parsePort)
		.option('--ca <file>', 'a further root certificate to trust, PEM; repeatable', collect, [])
		.option('--header <line>', 'send it to the target, such as "x-audit: yes"; repeatable', collect, [])
		.option('--proxy <url>', 'an HTTP proxy; "" for none')
		.option('--allow-private', 'the domain may lead into a private network')
		.addOption(new Option('-4, --ipv4', 'only over IPv4').conflicts('ipv6'))
		.addOption(new Option('-6, --ipv6', 'only over IPv6').conflicts('ipv4'));
}

export function collect(text: string, before: readonly string[]): string[] {
	return [...before, text];
}

function parsePort(text: string): number {
	const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
	if (port < 1 || port > 65_535) throw new InvalidArgumentError('It must be a port from 1 to 65535.');
	return port;
}

function parseRate(text: string): number {
	const rate = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : 0;
	if (rate <= 0 || rate > 100) throw new InvalidArgumentError('It must be more than 0 and at most 100.');
	return rate;
}
