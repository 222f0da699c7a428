import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/** Where a host and port are reached instead of where DNS says: curl's `--resolve`. */
export type ResolveRule = {
	/** Small letters; `*` fits every host. */
	readonly host: string;
	readonly port: number;
	/** In the order they are tried. */
	readonly addresses: readonly string[];
};

/** How connections are made. */
export type Route = {
	readonly rules: readonly ResolveRule[];
	/** Only addresses of this family. */
	readonly family: 4 | 6 | undefined;
	/** An HTTP proxy that everything goes through, by CONNECT. */
	readonly proxy: URL | undefined;
	/** Whether loopback and private addresses may be connected to, when DNS says so. */
	readonly allowPrivate: boolean;
	/** PEM of further roots that are trusted beside the system's. */
	readonly ca: readonly string[];
	/** DNS servers, `address` or `address:port`; this machine's without it. */
	readonly dnsServers?: readonly string[];
};

/** One `host:port:address[,address…]`, as curl takes it; an IPv6 address may stand in brackets. @throws SastaError USAGE */
export function parseResolveRule(text: string): ResolveRule {
	const match = /^(\*|\[[0-9a-f:.]+\]|[^:\s[\]]+):(\d{1,5}):(\S+)$/i.exec(text);
	const [, host = '', port = '', list = ''] = match ?? [];
	const addresses = list.split(',').map((address) => address.replace(/^\[(.*)\]$/, '$1'));
	if (match === null || Number(port) < 1 || Number(port) > 65_535 || !addresses.every(isAddress)) {
		throw new SastaError('USAGE', `--resolve ${text} is not host:port:address`, {
			exitCode: EXIT.usage,
			hint: 'Give it as curl takes it, such as --resolve shop.example:443:127.0.0.1',
		});
	}
	return {host: host.toLowerCase().replace(/^\[(.*)\]$/, '$1'), port: Number(port), addresses};
}

/**
 * The rule for a host and port. A rule of the same host at another port is taken where none fits better: plain http and
 * https of one audit must be one machine.
 */
export function findRule(rules: readonly ResolveRule[], host: string, port: number): ResolveRule | undefined {
	const name = host.toLowerCase();
	return (
		rules.find((rule) => rule.host === name && rule.port === port) ??
		rules.find((rule) => rule.host === '*' && rule.port === port) ??
		rules.find((rule) => rule.host === name)
	);
}

function isAddress(text: string): boolean {
	return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) || /^[0-9a-f:]*:[0-9a-f:.]*$/i.test(text);
}
