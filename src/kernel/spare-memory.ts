import {setFlagsFromString} from 'node:v8';

/**
 * Keeps V8 from letting young garbage pile up to 32 MB before it looks, for work that streams and keeps nothing. For the
 * rest of the process; called late, since code that Node has compiled ahead is thrown away once a flag is changed.
 */
export function spareMemory(): void {
	setFlagsFromString('--semi-space-growth-factor=1');
}
