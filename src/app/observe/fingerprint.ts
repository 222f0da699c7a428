import {createHash} from 'node:crypto';
import {errorCode} from '../../kernel/errors.js';

const FRAMES = 3;

/**
 * What errors of one cause have in common: name, code, the innermost functions of ours and the route. Neither line
 * numbers nor the message, which change with each release or each request.
 */
export function fingerprintOf(error: unknown, route: string | undefined): string {
	const name = error instanceof Error ? error.name : typeof error;
	const frames = error instanceof Error ? topFrames(error.stack ?? '') : [];
	// Without a place the words must do; numbers and ids in them differ from one time to the next.
	const place =
		frames.length > 0
			? frames
			: [
					String(error)
						.replaceAll(/[0-9a-f]{8,}|\d+/gi, '#')
						.slice(0, 200),
				];
	const parts = [name, String(errorCode(error) ?? ''), route ?? '', ...place];
	return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}

/** `charge@pay.js`, the shop's own before those of libraries. */
function topFrames(stack: string): string[] {
	const frames = [...stack.matchAll(/^\s+at (?:(?:async |new )*([^\s(]+) )?\(?([^()\s]+?):\d+(?::\d+)?\)?$/gm)];
	const own = frames.filter(([, , file = '']) => !/^node:|[/\\]node_modules[/\\]/.test(file));
	return (own.length > 0 ? own : frames)
		.slice(0, FRAMES)
		.map(([, called = '', file = '']) => `${called}@${fileName(file)}`);
}

/** A bundle's name ends in a hash of what it holds. */
function fileName(path: string): string {
	const name = path.split(/[/\\]/).at(-1) ?? path;
	return name.replace(/-[A-Z0-9]{8}(?=\.\w+$)/, '');
}
