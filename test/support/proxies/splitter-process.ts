import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join, resolve} from 'node:path';
import {build} from 'esbuild';

export type SplitterScript = {
	/** Runs it in a process of its own, which may be killed at a named point, or have another user's rights. */
	run(how: {
		readonly options: object;
		readonly wanted: object;
		/** `point=action`, as SASTAOPS_FAULT. */
		readonly fault?: string;
		readonly uid?: number;
	}): Promise<{readonly signal: NodeJS.Signals | null; readonly answer: Record<string, unknown> | undefined}>;
	remove(): Promise<void>;
};

const LIMIT_MS = 20_000;

/** A script that opens a splitter and sets it once; what it gets, or the error's code and words, is its answer. */
export async function bundleSplitter(kind: 'nginx' | 'caddy'): Promise<SplitterScript> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-splitter-'));
	const path = join(folder, 'set.mjs');
	const open = kind === 'nginx' ? 'openNginx' : 'openCaddy';
	await build({
		stdin: {
			resolveDir: resolve('.'),
			loader: 'ts',
			contents: `
				import {${open} as open} from './src/ports/splitter/${kind}.ts';
				import {makeFault} from './src/kernel/fault.ts';
				import {makeTestHost} from './test/support/host.ts';
				const {options, wanted} = JSON.parse(process.argv[2]);
				const fault = makeFault(process.env, {kill: (signal) => process.kill(process.pid, signal), exit: process.exit});
				const splitter = open(options, makeTestHost({fault}));
				const answer = await splitter.set(wanted).catch(({code, message, details}) => ({code, message, details}));
				process.stdout.write(JSON.stringify(answer));
				process.exit();
			`,
		},
		outfile: path,
		bundle: true,
		format: 'esm',
		platform: 'node',
		banner: {
			js: "import {createRequire as __createRequire} from 'node:module';const require=__createRequire(import.meta.url);",
		},
		logLevel: 'error',
	});
	return {
		async run({options, wanted, fault, uid}) {
			if (uid !== undefined) await chmod(folder, 0o755);
			const child = spawn(process.execPath, [path, JSON.stringify({options, wanted})], {
				cwd: '/',
				env: {PATH: process.env['PATH'] ?? '', NODE_ENV: 'test', ...(fault ? {SASTAOPS_FAULT: fault} : {})},
				stdio: ['ignore', 'pipe', 'inherit'],
				timeout: LIMIT_MS,
				...(uid === undefined ? {} : {uid, gid: uid}),
			});
			let said = '';
			child.stdout.setEncoding('utf8').on('data', (text: string) => {
				said += text;
			});
			const [, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
			return {signal, answer: said === '' ? undefined : (JSON.parse(said) as Record<string, unknown>)};
		},
		remove: () => rm(folder, {recursive: true, force: true}),
	};
}
