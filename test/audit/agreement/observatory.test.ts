import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {judgeCookies} from '../../../src/audit/checks/headers/cookies.js';
import {judgeCrossorigin} from '../../../src/audit/checks/headers/crossorigin.js';
import {judgeCsp} from '../../../src/audit/checks/headers/csp.js';
import {judgeFrame} from '../../../src/audit/checks/headers/frame.js';
import {judgeNosniff} from '../../../src/audit/checks/headers/nosniff.js';
import {judgeReferrer} from '../../../src/audit/checks/headers/referrer.js';
import type {SamplePage} from '../../../src/audit/facts/sample-pages.js';
import {worstVerdict} from '../../../src/audit/verdict.js';
import {exchange} from '../../../src/ports/web/exchange.js';
import {serve} from '../../support/serve.js';
import {makePage, makeSample} from '../support/page.js';

/**
 * What the MDN HTTP Observatory makes of a header, by its own tests (1.4.8), and what we do. A row without a class agrees:
 * it passes where we pass, and fails where we fail. docs/audit-agreement.md says of every class who is right.
 */
type Row = readonly [
	value: string | readonly string[],
	theirs: 'pass' | 'fail',
	ours?: 'pass' | 'warn' | 'fail',
	decided?: string,
];
type Table = {readonly header: string; readonly judge: (page: SamplePage) => string; readonly rows: readonly Row[]};

const verdictOf = (findings: ReturnType<typeof judgeCsp>) =>
	worstVerdict([findings].flat().map(({verdict}) => verdict));

const HASH = "'sha256-hqBEA/HXB3aJU2FgOnYN8rkAgEVgyfi3Vs1j2/XMPBA='";

const TABLES: readonly Table[] = [
	{
		header: 'content-security-policy',
		judge: (page) => verdictOf(judgeCsp(page)),
		rows: [
			['', 'fail'],
			['defa', 'fail'],
			["default-src 'none'; default-src 'none'", 'fail', 'warn', 'a directive twice'],
			["default-src 'none'; img-src 'self'; default-src 'none'", 'fail', 'warn', 'a directive twice'],
			["default-src 'none'; script-src 'strict-dynamic'", 'fail'],
			["default-src 'none'; script-src https://*", 'fail'],
			["default-src 'none'; script-src 'unsafe-inline'", 'fail'],
			['default-src http://mozilla.org', 'fail'],
			["default-src 'none'; script-src http://mozilla.org", 'fail'],
			["default-src 'none'; script-src ftp://mozilla.org", 'fail'],
			["default-src 'none'; img-src http://mozilla.org", 'pass', 'warn', 'warnings'],
			["default-src 'self'; img-src ftp:", 'pass', 'warn', 'warnings'],
			["default-src 'none'; img-src https:; media-src http://mozilla.org", 'pass', 'warn', 'warnings'],
			["default-src 'none'; img-src http: https:; script-src 'self'; style-src 'self'", 'pass', 'warn', 'warnings'],
			["script-src 'unsafe-inline'", 'fail'],
			['script-src data:', 'fail'],
			['script-src http:', 'fail'],
			['script-src ftp:', 'fail'],
			["default-src 'unsafe-inline'", 'fail'],
			["default-src 'UNSAFE-INLINE'", 'fail'],
			['upgrade-insecure-requests', 'fail'],
			["script-src 'none'", 'fail'],
			['script-src https:', 'fail'],
			['script-src https://mozilla.org https:', 'fail'],
			['default-src https://mozilla.org https:', 'fail'],
			["default-src 'none'; script-src *", 'fail'],
			["default-src *; script-src *; object-src 'none'", 'fail'],
			["default-src 'none'; script-src 'none'; object-src *", 'fail'],
			["default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval'", 'fail'],
			["default-src 'none'; script-src 'unsafe-inline' http:", 'fail'],
			["object-src https:; script-src 'none'", 'fail'],
			["default-src 'none'; script-src 'unsafe-eval'", 'fail', 'warn', 'unsafe-eval'],
			["object-src 'none'; script-src 'none'; style-src 'unsafe-inline'", 'pass', 'warn', 'warnings'],
			["default-src 'none'; script-src https://mozilla.org; style-src 'unsafe-inline'", 'pass', 'warn', 'warnings'],
			["default-src 'unsafe-inline'; script-src https://mozilla.org", 'pass', 'warn', 'warnings'],
			["default-src 'none';;; ;;;style-src 'self' 'unsafe-inline'", 'pass', 'warn', 'warnings'],
			["default-src 'none'; style-src *; form-action 'none'", 'pass'],
			['default-src https://mozilla.org', 'pass', 'warn', 'warnings'],
			["default-src https://mozilla.org; base-uri 'none'; form-action 'self'", 'pass'],
			["default-src https://mozilla.org;;; ;;;script-src 'none'; form-action 'self'", 'pass'],
			[
				"object-src 'none'; script-src 'strict-dynamic' 'nonce-abc' 'unsafe-inline'; style-src 'none'",
				'pass',
				'warn',
				'warnings',
			],
			[
				"object-src 'none'; script-src 'strict-dynamic' 'nonce-abcdefgh' 'unsafe-inline'; base-uri 'none'; form-action 'self'",
				'pass',
			],
			[`object-src 'none'; style-src 'self'; script-src ${HASH}; base-uri 'none'; form-action 'self'`, 'pass'],
			[
				`object-src 'none'; style-src 'self'; script-src 'unsafe-inline' ${HASH}; base-uri 'none'; form-action 'self'`,
				'pass',
			],
			["default-src; form-action 'none'", 'pass'],
			["default-src 'none'; object-src https://mozilla.org; form-action 'none'", 'pass'],
			[
				"default-src 'none'; script-src 'strict-dynamic' 'sha256-abc123' https://*; base-uri 'none'; form-action 'none'",
				'pass',
			],
			[['default-src http:', "default-src 'none'; form-action 'none'"], 'pass'],
		],
	},
	{
		header: 'x-content-type-options',
		judge: (page) => judgeNosniff(page).verdict,
		rows: [
			['nosniff', 'pass'],
			['nosniff ', 'pass'],
			['whimsy', 'fail'],
			['nosniff, nosniff', 'fail', 'pass', 'the same word twice'],
		],
	},
	{
		header: 'x-frame-options',
		judge: (page) => judgeFrame(page).verdict,
		rows: [
			['DENY', 'pass'],
			['DENY ', 'pass'],
			['SAMEORIGIN', 'pass'],
			['whimsy', 'fail'],
			['SAMEORIGIN, SAMEORIGIN', 'fail', 'pass', 'the same word twice'],
			['ALLOW-FROM https://mozilla.org', 'pass', 'fail', 'ALLOW-FROM'],
		],
	},
	{
		header: 'referrer-policy',
		judge: (page) => judgeReferrer(page).verdict,
		rows: [
			['no-referrer', 'pass'],
			['same-origin', 'pass'],
			['strict-origin', 'pass'],
			['STRICT-ORIGIN', 'pass'],
			['strict-origin-when-cross-origin', 'pass'],
			['origin', 'fail'],
			['origin-when-cross-origin', 'fail'],
			['unsafe-url', 'fail'],
			['no-referrer, unsafe-url', 'fail'],
			['origin-when-cross-origin, no-referrer, unsafe-url', 'fail'],
			['no-referrer, whimsy', 'pass'],
			['whimsy', 'fail', 'warn', 'a Referrer-Policy of no known word'],
			['whimsy, whimsy1, whimsy2', 'fail', 'warn', 'a Referrer-Policy of no known word'],
		],
	},
	{
		header: 'cross-origin-opener-policy',
		judge: (page) => verdictOf(judgeCrossorigin(page)),
		rows: [
			['same-origin', 'pass'],
			['same-origin-allow-popups', 'pass'],
			['noopener-allow-popups', 'pass'],
			['unsafe-none', 'pass'],
			['same-origin; report-to="coop-endpoint"', 'pass'],
			['same-origin; report-to', 'pass'],
			['whimsy', 'fail'],
			['same-origin; report-to=coop endpoint', 'fail'],
			['"same-origin"', 'fail'],
			[['same-origin', 'unsafe-none'], 'fail'],
		],
	},
	{
		header: 'cross-origin-resource-policy',
		judge: (page) => verdictOf(judgeCrossorigin(page)),
		rows: [
			['same-site', 'pass'],
			['same-origin', 'pass'],
			['cross-origin', 'pass'],
			['whimsy', 'fail'],
		],
	},
	{
		header: 'set-cookie',
		judge: (page) => verdictOf(judgeCookies(makeSample(page), 0)),
		rows: [
			['SESSIONID=bar; Path=/; Secure; HttpOnly; SameSite=Strict', 'pass'],
			['SESSIONID=bar; Path=/; Secure; HttpOnly; SameSite=None', 'pass'],
			['SESSIONID=bar; Path=/; Secure; HttpOnly', 'pass', 'warn', 'warnings'],
			['foo=bar; Path=/; Secure', 'pass', 'warn', 'warnings'],
			['CSRFTOKEN=bar; Path=/; Secure; HttpOnly', 'fail'],
			['SESSIONID=bar; Path=/; Secure; HttpOnly; SameSite=', 'fail'],
			['SESSIONID=bar; Path=/; Secure; HttpOnly; SameSite=True', 'fail'],
			['SESSIONID=bar; Path=/; Secure; HttpOnly; SameSite=Invalid', 'fail'],
			['foo=bar; Path=/', 'fail', 'warn', 'a cookie of no session without Secure'],
			['SESSIONID=bar; Path=/; Secure', 'fail'],
			['SESSIONID=bar; Path=/; HttpOnly', 'fail'],
			['SESSIONID=bar; Path=/', 'fail'],
			['heroku-session-affinity=bar; Path=/', 'pass', 'warn', 'warnings'],
		],
	},
];

describe.each(TABLES)('beside the HTTP Observatory, $header', ({header, judge, rows}) => {
	it('agrees on each value, apart from the classes that are decided', async () => {
		const origin = await serve((request, response) => {
			const [value = ''] = rows[Number(request.url?.slice(1))] ?? [];
			response.writeHead(200, {'content-type': 'text/html', [header]: typeof value === 'string' ? value : [...value]});
			response.end('<!doctype html>');
		});
		const route = {rules: [], family: undefined, proxy: undefined, allowPrivate: true, ca: []} as const;
		const told = await Promise.all(
			rows.map(async ([value], index) => {
				const {headers} = await exchange({url: new URL(`/${index}`, origin)}, route, new AbortController().signal);
				return [value, judge({...makePage({}), headers})];
			}),
		);
		expect(told).toEqual(rows.map(([value, theirs, ours = theirs]) => [value, ours]));
	});
});

it('has no class of difference that the documentation does not decide', () => {
	const text = readFileSync('docs/audit-agreement.md', 'utf8');
	const classes = new Set(TABLES.flatMap(({rows}) => rows.flatMap(([, , , decided]) => decided ?? [])));
	expect([...classes].filter((name) => !text.includes(`**${name}**`))).toEqual([]);
	expect(
		TABLES.flatMap(({rows}) => rows).filter(
			([, theirs, ours = theirs, decided]) => (ours !== theirs) !== (decided !== undefined),
		),
	).toEqual([]);
});
