import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {type Authority, makeAuthority} from '../../support/audit/authority.js';
import {foundIn, inconclusiveIn, runAudit} from '../../support/audit/run-audit.js';
import {type Sites, startSites} from '../../support/audit/sites.js';
import {nginxPath} from '../../support/proxies/nginx.js';
import {chooseSeed, makeRandom, sample} from '../../support/sweep.js';
import {SITES} from './known-sites.js';

/** All of them in a full run. */
const chosen = sample(SITES, 24, makeRandom(chooseSeed('sites of the audit')));

describe.skipIf(nginxPath() === undefined)('sites with one defect each, served by nginx', () => {
	let folder: string;
	let authority: Authority;
	let sites: Sites;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'sastaops-test-sites-'));
		authority = await makeAuthority(join(folder, 'authority'));
		sites = await startSites(chosen, authority, folder);
	});
	afterAll(async () => {
		await sites?.stop();
		await rm(folder, {recursive: true, force: true});
	});

	it.each(chosen)('finds of $name exactly $found', async ({name, host = 'shop.example', found}) => {
		const {port, httpPort} = sites.of(name);
		const result = await runAudit(
			{
				words: ['tls', 'domain', 'content'],
				domain: `https://${host}:${port}`,
				httpPort,
				rules: [{host, port, addresses: ['127.0.0.1']}],
				caFiles: [authority.root],
			},
			folder,
		);
		expect({found: foundIn(result), inconclusive: inconclusiveIn(result)}).toEqual({
			found: [...found].sort(),
			inconclusive: [],
		});
	});
});
