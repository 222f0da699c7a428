import type {Host, Output} from '../kernel/host.js';
import {type Paint, PLAIN} from '../kernel/render-text.js';

/** The one place that decides on colour: --no-color, then NO_COLOR, then FORCE_COLOR, then whether the stream is a terminal. */
export function isColourWanted(output: Output, env: Host['env'], argv: readonly string[]): boolean {
	if (argv.includes('--no-color') || env['NO_COLOR']) return false;
	if (env['FORCE_COLOR'] !== undefined) return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
	return output.isTTY && env['TERM'] !== 'dumb';
}

/** Chalk with the level decided here (its own detection ignores NO_COLOR on a terminal), loaded only for colour. */
export async function loadPaint(isColoured: boolean): Promise<Paint> {
	if (!isColoured) return PLAIN;
	const {Chalk} = await import('chalk');
	return new Chalk({level: 1});
}
