import {stamp} from '../../support/audit/authority.js';
import type {SiteWish} from '../../support/audit/sites.js';
import {CONTENT_SITES, CONTENT_TRAPS} from './content-sites.js';

/** A site, and what the audit must find there: no more and no less. */
export type KnownSite = SiteWish & {
	/** @default 'shop.example' */
	readonly host?: string;
	readonly found: readonly string[];
};

const DAY_MS = 86_400_000;
const days = (from: number, to: number) =>
	[stamp(Date.now() + from * DAY_MS), stamp(Date.now() + to * DAY_MS)] as const;
const MODERN = 'ssl_protocols TLSv1.2 TLSv1.3;';
const GOOD_SUITES =
	'ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305;';

const TLS_SITES: readonly KnownSite[] = [
	{
		name: 'old-versions',
		tls: 'ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers "ECDHE+AESGCM:ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";',
		found: ['fail tls.protocol'],
	},
	{
		name: 'nothing-new',
		tls: 'ssl_protocols TLSv1 TLSv1.1; ssl_ciphers "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0";',
		found: ['fail tls.protocol'],
	},
	{name: 'no-tls13', tls: `ssl_protocols TLSv1.2; ${GOOD_SUITES}`, found: ['warn tls.protocol']},
	{
		name: 'static-rsa',
		certificate: {key: 'rsa2048'},
		tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:AES128-GCM-SHA256";`,
		found: ['warn tls.ciphers'],
	},
	{name: 'cbc-sha1', tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:ECDHE-ECDSA-AES256-SHA";`, found: ['warn tls.ciphers']},
	{
		name: 'no-encryption',
		tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0";`,
		found: ['fail tls.ciphers'],
	},
	{
		name: 'anonymous',
		tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:AECDH-AES256-SHA:@SECLEVEL=0";`,
		found: ['fail tls.ciphers'],
	},
	{name: 'expired', certificate: {dates: ['20200101000000Z', '20200201000000Z']}, found: ['fail tls.cert.expiry']},
	{name: 'not-yet', certificate: {dates: days(10, 90)}, found: ['fail tls.cert.expiry']},
	{name: 'ends-soon', certificate: {dates: days(-80, 10)}, found: ['fail tls.cert.expiry']},
	{name: 'ends-this-month', certificate: {dates: days(-70, 25)}, found: ['warn tls.cert.expiry']},
	{name: 'self-signed', certificate: {issuer: 'itself'}, found: ['fail tls.cert.chain']},
	{name: 'unknown-root', certificate: {issuer: 'stranger'}, found: ['fail tls.cert.chain']},
	{name: 'no-intermediate', certificate: {isWhole: false}, found: ['fail tls.cert.chain']},
	{
		name: 'other-name',
		certificate: {names: ['DNS:other.example', 'DNS:*.shop.example']},
		found: ['fail tls.cert.hostname'],
	},
	{
		name: 'short-key',
		certificate: {key: 'rsa1024'},
		tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:@SECLEVEL=0";`,
		found: ['fail tls.cert.key'],
	},
	{
		name: 'sha1',
		certificate: {digest: 'sha1'},
		tls: `${MODERN} ssl_ciphers "ECDHE+AESGCM:@SECLEVEL=0";`,
		found: ['fail tls.cert.key'],
	},
	{name: 'no-hsts', headers: '', found: ['fail tls.hsts']},
	{
		name: 'short-hsts',
		headers: 'add_header Strict-Transport-Security "max-age=86400; includeSubDomains" always;',
		found: ['fail tls.hsts'],
	},
	{
		name: 'two-hsts',
		headers:
			'add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always; add_header Strict-Transport-Security "max-age=31536000" always;',
		found: ['fail tls.hsts'],
	},
	{
		name: 'narrow-hsts',
		headers: 'add_header Strict-Transport-Security "max-age=63072000" always;',
		found: ['warn tls.hsts'],
	},
];

const DOMAIN_SITES: readonly KnownSite[] = [
	{name: 'no-redirect', http: 'location / { try_files $uri $uri/ =404; }', found: ['fail http.redirect']},
	{name: 'temporary-redirect', http: 'return 302 https://$host:PORT$request_uri;', found: ['warn http.redirect']},
	{name: 'redirect-to-plain', http: 'return 301 http://$host:1$request_uri;', found: ['fail http.redirect']},
	{name: 'redirect-elsewhere', http: 'return 301 https://other.example$request_uri;', found: ['warn http.redirect']},
	{
		name: 'redirect-of-front-only',
		http: 'location = / { return 301 https://$host:PORT/; } location / { try_files $uri /index.html; }',
		found: ['fail http.redirect'],
	},
	{
		name: 'back-to-plain',
		https: 'location = / { return 302 http://$host:PLAIN/; } location / { try_files $uri $uri/ =404; }',
		found: ['fail http.redirect'],
	},
];

const FINE_SITES: readonly KnownSite[] = [
	{name: 'fine', found: []},
	{name: 'fine-rsa', certificate: {key: 'rsa2048'}, found: []},
	{name: 'fine-wildcard', host: 'my.shop.example', certificate: {names: ['DNS:*.shop.example']}, found: []},
	{name: 'fine-short-lived', certificate: {dates: days(-1, 5)}, found: []},
	{name: 'fine-without-intermediate', certificate: {issuer: 'root', key: 'p521'}, found: []},
	{name: 'fine-only-tls13', tls: 'ssl_protocols TLSv1.3;', found: []},
	{
		name: 'fine-quoted-hsts',
		headers: `add_header Strict-Transport-Security 'MAX-AGE="31536000" ; includesubdomains; preload' always;`,
		found: [],
	},
];

export const SITES: readonly KnownSite[] = [
	...TLS_SITES,
	...DOMAIN_SITES,
	...CONTENT_SITES,
	...FINE_SITES,
	...CONTENT_TRAPS,
];
