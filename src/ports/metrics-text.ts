/** One line of a metrics page. */
export type Sample = {
	readonly name: string;
	readonly labels: Readonly<Record<string, string>>;
	readonly value: number;
};

/** Where the reading stands: behind what was just read. */
type Cursor = {at: number};

const NEWLINE = 10;
const TAB = 9;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;
const OPEN = 123;
const CLOSE = 125;

/**
 * The samples of a page in Prometheus' text format 0.0.4, or OpenMetrics'. Lines that are neither are passed over, and
 * so are the time at a line's end and an exemplar behind a #.
 * @param isWanted which names to read: most of a large page is never looked at, and costs next to nothing then
 */
export function parseMetrics(text: string, isWanted?: (name: string) => boolean): Sample[] {
	const samples: Sample[] = [];
	let name = '';
	let isNameWanted = false;
	for (let start = 0, end: number; start < text.length; start = end + 1) {
		end = text.indexOf('\n', start);
		if (end === -1) end = text.length;
		const first = text.charCodeAt(start);
		if (first === HASH || first === NEWLINE) continue;
		// The lines of a metric stand together: its name is looked at once.
		if (name === '' || !text.startsWith(name, start) || isNamePart(text.charCodeAt(start + name.length))) {
			name = nameAt(text, start, end);
			isNameWanted = name !== '' && (isWanted?.(name) ?? true);
		}
		if (!isNameWanted) continue;
		const sample = sampleAt(text, name, {start, end});
		if (sample !== undefined) samples.push(sample);
	}
	return samples;
}

/** Empty where no name begins. */
function nameAt(text: string, start: number, end: number): string {
	let at = start;
	while (at < end && isNamePart(text.charCodeAt(at))) at++;
	const first = text.charCodeAt(start);
	return first >= 48 && first <= 57 ? '' : text.slice(start, at);
}

/** Letters, digits, _ and : */
function isNamePart(code: number): boolean {
	return (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || (code >= 48 && code <= 58) || code === 95;
}

function sampleAt(text: string, name: string, {start, end}: {start: number; end: number}): Sample | undefined {
	const cursor = {at: start + name.length};
	skipBlanks(text, cursor);
	const labels: Record<string, string> = {};
	if (text.charCodeAt(cursor.at) === OPEN && !readLabels(text, cursor, labels)) return undefined;
	// A label's value may hold no line end: a quote that is not closed ends in another line.
	if (cursor.at >= end) return undefined;
	const value = valueAt(text, cursor, end);
	return value === undefined ? undefined : {name, labels, value};
}

/** False where they are no labels; the cursor stands behind the bracket else. */
function readLabels(text: string, cursor: Cursor, labels: Record<string, string>): boolean {
	cursor.at++;
	for (;;) {
		skipBlanks(text, cursor);
		if (text.charCodeAt(cursor.at) === CLOSE) {
			cursor.at++;
			return true;
		}
		const nameStart = cursor.at;
		while (isNamePart(text.charCodeAt(cursor.at))) cursor.at++;
		const name = text.slice(nameStart, cursor.at);
		skipBlanks(text, cursor);
		if (name === '' || text.charCodeAt(cursor.at) !== EQUALS) return false;
		cursor.at++;
		skipBlanks(text, cursor);
		if (text.charCodeAt(cursor.at) !== QUOTE) return false;
		const value = quotedAt(text, cursor);
		if (value === undefined) return false;
		labels[name] = value;
		skipBlanks(text, cursor);
		const next = text.charCodeAt(cursor.at);
		if (next === COMMA) cursor.at++;
		else if (next !== CLOSE) return false;
	}
}

/** The value in quotes, its escapes undone; undefined where the quote is not closed. */
function quotedAt(text: string, cursor: Cursor): string | undefined {
	const start = cursor.at + 1;
	let end = text.indexOf('"', start);
	if (end === -1) return undefined;
	const value = text.slice(start, end);
	if (!value.includes('\\')) {
		cursor.at = end + 1;
		return value;
	}
	end = start;
	while (end < text.length && text.charCodeAt(end) !== QUOTE) end += text.charCodeAt(end) === BACKSLASH ? 2 : 1;
	if (end >= text.length) return undefined;
	cursor.at = end + 1;
	return text.slice(start, end).replaceAll(/\\(.)/g, (_, character: string) => (character === 'n' ? '\n' : character));
}

function valueAt(text: string, cursor: Cursor, end: number): number | undefined {
	skipBlanks(text, cursor);
	let stop = cursor.at;
	while (stop < end && text.charCodeAt(stop) > SPACE) stop++;
	const word = text.slice(cursor.at, stop);
	switch (word) {
		case '':
			return undefined;
		case '+Inf':
			return Number.POSITIVE_INFINITY;
		case '-Inf':
			return Number.NEGATIVE_INFINITY;
		case 'NaN':
			return Number.NaN;
		default: {
			const value = Number(word);
			return Number.isNaN(value) ? undefined : value;
		}
	}
}

function skipBlanks(text: string, cursor: Cursor): void {
	for (let code = text.charCodeAt(cursor.at); code === SPACE || code === TAB; code = text.charCodeAt(cursor.at))
		cursor.at++;
}
