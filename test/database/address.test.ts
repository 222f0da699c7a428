import {describe, expect, it} from 'vitest';
import {hasTls, hostsOf, isAtlas, isLocal, optionOf, trustsAnybody, withoutLogIn} from '../../src/database/address.js';

describe('an address', () => {
	it.each([
		['mongodb://127.0.0.1:27017', ['127.0.0.1']],
		['mongodb://u:p%40x@a.example:1,B.example:2/shop?tls=true', ['a.example', 'b.example']],
		['mongodb://[::1]:27017/', ['::1']],
		['mongodb+srv://u:p@cluster.abc.mongodb.net/?w=majority', ['cluster.abc.mongodb.net']],
		['mongodb://%2Ftmp%2Fmongodb.sock', ['%2ftmp%2fmongodb.sock']],
	])('%s has hosts %j', (uri, hosts) => {
		expect(hostsOf(uri)).toEqual(hosts);
	});

	it.each([
		['mongodb://a/?tls=true', true],
		['mongodb://a/?w=1&ssl=TRUE', true],
		['mongodb://a/', false],
		['mongodb+srv://a/', true],
		['mongodb+srv://a/?tls=false', false],
	])('%s is encrypted: %s', (uri, encrypted) => {
		expect(hasTls(uri)).toBe(encrypted);
	});

	it('lets anybody pass when it says so', () => {
		expect(trustsAnybody('mongodb://a/?tls=true&tlsAllowInvalidCertificates=true')).toBe(true);
		expect(trustsAnybody('mongodb://a/?tls=true&tlsAllowInvalidCertificates=false')).toBe(false);
	});

	it('is of Atlas by its host alone', () => {
		expect(isAtlas('mongodb+srv://u:p@shop.abc.mongodb.net/')).toBe(true);
		expect(isAtlas('mongodb://u:p@mongodb.net.example/')).toBe(false);
	});

	it('keeps everything but its user', () => {
		expect(withoutLogIn('mongodb://u:p@a:1,b:2/shop?authSource=admin&tls=true')).toBe(
			'mongodb://a:1,b:2/shop?tls=true'.replace('?', '?&'),
		);
		expect(withoutLogIn('mongodb://a:1/')).toBe('mongodb://a:1/');
	});

	it('tells an option in whatever case it is written', () => {
		expect(optionOf('mongodb://a/?MAXPOOLSIZE=7', 'maxPoolSize')).toBe('7');
		expect(optionOf('mongodb://a/', 'maxPoolSize')).toBeUndefined();
	});

	it.each([
		['localhost', true],
		['127.0.0.9', true],
		['::1', true],
		['10.0.0.1', false],
		['localhost.example', false],
	])('%s is this machine: %s', (host, local) => {
		expect(isLocal(host)).toBe(local);
	});
});
