import ipaddr from 'ipaddr.js';

/** Ranges that lead into one's own network, or nowhere; the names are those of ipaddr.js. */
const PUBLIC_RANGES: ReadonlySet<string> = new Set(['unicast', '6to4', 'teredo', 'rfc6145', 'rfc6052']);

/** Whether an address is of this machine or network, link-local (where clouds keep their credentials), or reserved. */
export function isPrivateAddress(address: string): boolean {
	if (!ipaddr.isValid(address)) return false;
	return !PUBLIC_RANGES.has(ipaddr.process(address).range());
}

/** Whether a host is written as an address; brackets of IPv6 are allowed. */
export function isIpAddress(host: string): boolean {
	return ipaddr.isValid(host.replace(/^\[(.*)\]$/, '$1'));
}

/** `203.0.113.9:443`, `[2001:db8::9]:443`. */
export function formatEndpoint(address: string, port: number): string {
	return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
