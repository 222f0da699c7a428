import {createHash} from 'node:crypto';

const STAMP = /sha256: ([\da-f]{64})/;
const BLANK = '0'.repeat(64);

/** A YAML file that says what wrote it, and by which one can tell whether somebody has changed it since. */
export function stampYaml(body: string, command: string): string {
	return stamp(
		[
			`# Written by: ${command}`,
			'# Write it anew rather than change it. One that was changed by hand is not overwritten.',
			`# sha256: ${BLANK}`,
			'',
			body.endsWith('\n') ? body : `${body}\n`,
		].join('\n'),
	);
}

/** The same for JSON, which has no comments. */
export function stampJson(value: object, command: string): string {
	const description = `Written by: ${command} (sha256: ${BLANK})`;
	return stamp(`${JSON.stringify({description, ...value}, null, '\t')}\n`);
}

/** Whether a file is one of these, unchanged. */
export function isStamped(text: string): boolean {
	const told = STAMP.exec(text)?.[1];
	return told !== undefined && digestOf(text) === told;
}

function stamp(text: string): string {
	return text.replace(STAMP, `sha256: ${digestOf(text)}`);
}

/** Of the text with its own digest left blank. */
function digestOf(text: string): string {
	return createHash('sha256')
		.update(text.replace(STAMP, `sha256: ${BLANK}`))
		.digest('hex');
}
