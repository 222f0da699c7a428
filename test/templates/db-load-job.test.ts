import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {promisify} from 'node:util';
import {expect, it} from 'vitest';
import {parse} from 'yaml';
import {readHdrLog} from '../../src/load/hdr-log.js';
import {temporaryFolder} from '../support/folder.js';
import {testMongoUri} from '../support/mongo.js';

const run = promisify(execFile);

type Job = {
	spec: {
		completions: number;
		parallelism: number;
		completionMode: string;
		template: {spec: {containers: {command: [string, string, string]}[]}};
	};
};

it('the Job’s pods make one load, whose logs merge into the whole', async () => {
	const job = parse(await readFile('templates/kubernetes/db-load-job.yaml', 'utf8')) as Job;
	const {completions, parallelism, completionMode, template} = job.spec;
	const [shell, flag, script] = template.spec.containers[0]?.command ?? ['', '', ''];
	expect([completionMode, completions, parallelism]).toEqual(['Indexed', 8, 8]);
	expect(script).toContain(`/${completions}" --start-at`);

	// Its very script, at a rate and with a number of pods for one machine.
	const folder = await temporaryFolder();
	const small = script
		.replace('npx --yes sastaops', `${process.execPath} ${resolve('bin/sastaops.js')}`)
		.replace('--rate 4000 --duration 60s --documents 100000', '--rate 40 --duration 2s --documents 300 --ramp 0')
		.replace('sastaops_load_job', `sastaops_load_${process.pid}`)
		.replace('/8"', '/2"');
	expect(small).not.toContain('4000');
	const startAt = new Date(Math.ceil((Date.now() + 12_000) / 1000) * 1000).toISOString().replace('.000', '');
	const pods = [0, 1].map(async (index) => {
		const env = {
			...process.env,
			JOB_COMPLETION_INDEX: String(index),
			START_AT: startAt,
			MONGODB_URI: testMongoUri(),
		};
		const {stdout} = await run(shell, [flag, small.replaceAll('/tmp/part', join(folder, `part-${index}`))], {
			cwd: folder,
			env,
			// A generator that was late on a busy machine ends with 3, and has counted all the same.
		}).catch((error: {code: number; stdout: string}) => {
			if (error.code !== 3) throw error;
			return error;
		});
		return stdout;
	});
	const logs = await Promise.all(pods);
	const done = readHdrLog(logs.join(''), 'all.hdr').map(({counts}) => counts.reduce((sum, count) => sum + count, 0));
	expect(done.reduce((sum, count) => sum + count, 0)).toBe(80);
});
