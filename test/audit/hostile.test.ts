import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {auditDocumentSchema} from '../../src/audit/report/saved.js';
import {temporaryFolder} from '../support/folder.js';
import {serve} from '../support/serve.js';
import {chooseSeed, makeRandom, sample} from '../support/sweep.js';

const BINARY = join(import.meta.dirname, '../../bin/sastaops.js');

/** As much of an answer as an audit reads. */
const BYTES = 1_000_000;

/**
 * Beginnings of what checks look for, again and again: the worst there is for a pattern that looks back. Each is a page,
 * every script of it, and every other answer too.
 */
const PIECES = [
	'a',
	' ',
	'\n',
	' \n',
	'\0',
	'"',
	'[',
	'{"a":',
	'<',
	'<a ',
	'<title>Index of /</title><a ',
	'<meta http-equiv=',
	'<!--',
	'key_secret = "',
	'key_secret ',
	'rzp_live_abcdefghijklmn"',
	'mongodb://a:b',
	'-----BEGIN A ',
	'-----BEGIN PRIVATE KEY-----\n',
	'at a(',
	'at /aaaa:',
	'/usr/a',
	'<b>Warning</b>:',
	'A_B=1\n',
	'Disallow: / \n',
	'Contact: ',
	'url(',
	'//# sourceMappingURL=data:application/json',
	'a{b="c"} ',
	'http://a.b/',
];

const chosen = sample(PIECES, 6, makeRandom(chooseSeed('hostile answers')));

describe('an audit of a site that answers everything with', () => {
	it.each(chosen)('%j without end comes to its own', async (piece) => {
		const body = piece.repeat(Math.ceil(BYTES / piece.length));
		const url = await serve((request, response) => {
			const isScript = request.url?.endsWith('.js') === true;
			response.writeHead(200, {'content-type': isScript ? 'text/javascript' : 'text/html'});
			response.end(isScript ? body : `<!doctype html><script src="/a.js"></script>${body}`);
		});

		const {document, wasKilled} = await audit(url);

		expect(wasKilled).toBe(false);
		const {checks} = auditDocumentSchema.parse(JSON.parse(document));
		expect(checks.filter(({reason}) => reason.startsWith('the check itself failed'))).toEqual([]);
	});
});

/** By the built binary: a pattern that never ends would hold this process for ever. */
async function audit(url: string): Promise<{readonly document: string; readonly wasKilled: boolean}> {
	const cwd = await temporaryFolder();
	return new Promise((done) => {
		const child = execFile(
			process.execPath,
			[BINARY, 'audit', '--domain', url, '--json'],
			{cwd, timeout: 45_000, killSignal: 'SIGKILL', maxBuffer: 64 * 1024 * 1024},
			(_error, stdout) => done({document: stdout, wasKilled: child.signalCode === 'SIGKILL'}),
		);
	});
}
