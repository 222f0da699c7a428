import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';

/**
 * Where one of Prometheus' own tools is on this machine, so that a suite can skip itself by name.
 * @throws in CI, where skipping would hide a hole
 */
export function toolPath(tool: 'promtool' | 'amtool'): string | undefined {
	const path = [`/usr/bin/${tool}`, `/usr/local/bin/${tool}`].find((place) => existsSync(place));
	if (path === undefined && process.env['CI']) throw new Error(`${tool} is missing: run "npm run stack" first`);
	return path;
}

export type ToolResult = {readonly exitCode: number; readonly said: string};

/** Runs it in a folder; a refusal is an answer and no error. */
export async function runTool(tool: 'promtool' | 'amtool', args: readonly string[], cwd: string): Promise<ToolResult> {
	return new Promise((done) => {
		execFile(toolPath(tool) ?? tool, args, {cwd, timeout: 120_000}, (error, stdout, stderr) => {
			const code = error === null ? 0 : error.code;
			done({exitCode: typeof code === 'number' ? code : 70, said: `${stdout}${stderr}`});
		});
	});
}
