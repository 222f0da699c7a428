import {createHash} from 'node:crypto';

/** The same for the same finding in every run: made of what it is about, never of what was measured. */
export function fingerprintOf({
	check,
	target,
	subject,
}: {
	readonly check: string;
	readonly target: string;
	readonly subject: string | undefined;
}): string {
	return createHash('sha256')
		.update([check, target, subject ?? ''].join('\n'))
		.digest('hex')
		.slice(0, 32);
}
