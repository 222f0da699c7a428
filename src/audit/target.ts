import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {isIpAddress, isPrivateAddress} from '../ports/web/address.js';
import type {ResolveRule} from '../ports/web/route.js';

/** What is audited. */
export type AuditTarget = {
	/** `https://shop.example`, without a path. */
	readonly origin: string;
	readonly isHttps: boolean;
	/** As in a URL: an IPv6 address in brackets. */
	readonly host: string;
	readonly port: number;
	/** Where plain http of the same host lives. */
	readonly httpPort: number;
	/** `/`, or the path that was given: the shop may live below one. */
	readonly path: string;
	/** Base of the API without a slash at its end, such as `https://shop.example/api`. */
	readonly api: string;
	/** On this machine or in a private network, by its name, by its address or by where `--resolve` leads. */
	readonly isPrivate: boolean;
	/** On this machine. */
	readonly isLoopback: boolean;
};

export type TargetOptions = {
	/** As typed: `shop.example`, `https://shop.example:8443/shop`. */
	readonly domain: string;
	/** A path such as `/api`, or a whole URL. */
	readonly api: string;
	readonly httpPort: number | undefined;
	readonly rules: readonly ResolveRule[];
};

/** @throws SastaError AUDIT_TARGET for what is no host or web address */
export function makeTarget({domain, api, httpPort, rules}: TargetOptions): AuditTarget {
	const url = parseWebUrl(domain);
	const host = url.hostname;
	const bare = host.replace(/^\[(.*)\]$/, '$1');
	const isHttps = url.protocol === 'https:';
	const port = Number(url.port) || (isHttps ? 443 : 80);
	const addresses = rules.filter((rule) => rule.host === bare || rule.host === '*').flatMap((rule) => rule.addresses);
	const isLocalName = bare === 'localhost' || bare.endsWith('.localhost');
	const isLoopback =
		isLocalName || isLoopbackAddress(bare) || (addresses.length > 0 && addresses.every(isLoopbackAddress));
	return {
		origin: url.origin,
		isHttps,
		host,
		port,
		httpPort: httpPort ?? (isHttps ? 80 : port),
		path: url.pathname === '' ? '/' : url.pathname,
		api: apiBase(api, url),
		isPrivate: isLoopback || (isIpAddress(bare) && isPrivateAddress(bare)) || addresses.some(isPrivateAddress),
		isLoopback,
	};
}

function parseWebUrl(text: string): URL {
	const typed = text.trim();
	const withScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(typed) ? typed : `https://${typed}`;
	const url = URL.canParse(withScheme) ? new URL(withScheme) : undefined;
	if (url === undefined || !/^https?:$/.test(url.protocol) || url.hostname === '' || /\s/.test(typed)) {
		throw new SastaError('AUDIT_TARGET', `"${text}" is no web address`, {
			exitCode: EXIT.usage,
			hint: 'Give a host or an address, such as --domain https://shop.example',
		});
	}
	if (url.username !== '' || url.password !== '') {
		throw new SastaError('AUDIT_TARGET', 'The address to audit holds a user or a password', {
			exitCode: EXIT.usage,
			hint: 'Send them as a header instead: --header "authorization: Basic …"',
		});
	}
	url.search = '';
	url.hash = '';
	return url;
}

function apiBase(api: string, site: URL): string {
	const url = /^https?:\/\//i.test(api) ? parseWebUrl(api) : new URL(api, site.origin);
	return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

function isLoopbackAddress(address: string): boolean {
	return /^127\./.test(address) || address === '::1' || address === '::ffff:127.0.0.1';
}
