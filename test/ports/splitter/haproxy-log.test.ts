import {describe, expect, it} from 'vitest';
import {parseLogLine} from '../../../src/ports/splitter/haproxy-log.js';
import {parseCsv} from '../../../src/ports/splitter/haproxy-totals.js';

const backends = {stable: 'shop_stable', canary: 'shop_canary'};
const line = (fields: string) => `sastaops1 7 1795522804853 ${fields}`;

describe("a line of HAProxy's log", () => {
	it('is a request', () => {
		expect(parseLogLine(line('shop_canary 200 3 12 -- -8779178544921075562 GET /a%0ab'), backends)).toEqual({
			id: 7,
			request: {
				...{side: 'canary', atMs: 1_795_522_804_853, method: 'GET', path: '/a%0ab', status: 200, durationMs: 9},
				...{client: '-8779178544921075562', isAborted: false},
			},
		});
	});

	it.each([
		['shop_stable 500 0 1 -- 1 GET /', 500, false],
		['shop_stable 502 0 1 SH 1 GET /', 502, false],
		['shop_stable 503 0 1 SC 1 GET /', 503, false],
		['shop_stable 504 0 1 sH 1 GET /', 504, false],
		// Broken off by the server, by its silence, by HAProxy: a failure, whatever had been promised.
		['shop_stable 200 0 1 SD 1 GET /', 502, false],
		['shop_stable 200 0 1 sD 1 GET /', 502, false],
		['shop_stable 200 0 1 KD 1 GET /', 502, false],
		['shop_stable 503 0 1 SD 1 GET /', 503, false],
		// Left by the client: before the answer, in it, by falling silent.
		['shop_stable 400 0 1 CH 1 GET /', 0, true],
		['shop_stable 200 0 1 CD 1 GET /', 200, true],
		['shop_stable -1 0 1 CD 1 POST /', 0, true],
		['shop_stable 408 0 1 cH 1 POST /', 0, true],
		['shop_stable 403 0 1 PR 1 GET /', 403, false],
	])('%s', (fields, status, isAborted) => {
		expect(parseLogLine(line(fields), backends)?.request).toMatchObject({status, isAborted});
	});

	it.each([
		['', 'empty'],
		['Proxy shop stopped (cumulated conns: FE: 7, BE: 0).', 'of HAProxy itself'],
		['x sastaops1 7 1795522804853 shop_canary 200 3 12 -- 1 GET /', 'with something before it'],
		[line('shop 400 -1 0 PR - <BADREQ> <BADREQ>'), 'of a request for no side'],
		[line('shop_canary2 200 0 1 -- 1 GET /'), 'of another backend'],
		[line('shop_canary 200 0 1 --'), 'cut'],
		[line('shop_canary 200 0 x -- 1 GET /'), 'with a word for a number'],
	])('is none: "%s" is %s', (text) => {
		expect(parseLogLine(text, backends)).toBeUndefined();
	});

	it('takes a path with spaces, or without anything, as it comes', () => {
		expect(parseLogLine(line('shop_stable 200 0 1 -- 1 GET /a b sastaops1 9'), backends)?.request.path).toBe(
			'/a b sastaops1 9',
		);
		expect(parseLogLine(line('shop_stable 200 0 1 -- 1 OPTIONS '), backends)?.request.path).toBe('');
	});
});

describe('a page of counters', () => {
	it('is read by its header, with commas and quotes in texts', () => {
		const text =
			'Pid: 1\n\n# pxname,svname,last_chk,hrsp_2xx,\na,BACKEND,"say ""a, b""",5,\nb,BACKEND,,,\n\nmore,lines';
		const rows = parseCsv(text)?.map((row) => Object.fromEntries(row));
		expect(rows).toMatchObject([
			{pxname: 'a', last_chk: 'say "a, b"', hrsp_2xx: '5'},
			{pxname: 'b', last_chk: '', hrsp_2xx: ''},
		]);
	});

	it('is none without its header', () => {
		expect(parseCsv('hello')).toBeUndefined();
	});
});
