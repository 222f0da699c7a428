import type {ParsedLine} from './log-observe.js';
import type {ServedRequest, Side} from './splitter.js';

const BEGIN = '{"sastaops":"1",';

/**
 * A line of the log format in templates/canary/nginx.conf. Everything in it is quoted and escaped by nginx, so that what a
 * client sends cannot look like the beginning of a line: a line torn by a full disk, with the next one behind it, is taken
 * from the last beginning on.
 */
export function parseNginxLine(line: string): ParsedLine {
	const begin = line.lastIndexOf(BEGIN);
	if (begin === -1) return undefined;
	const broken = begin === 0 ? 0 : 1;
	const fields = parseFields(line.slice(begin));
	if (fields === undefined) return {request: undefined, broken: broken + 1};
	return {request: requestOf(fields), broken};
}

type Fields = Readonly<Record<string, string>>;

function parseFields(text: string): Fields | undefined {
	try {
		const value: unknown = JSON.parse(text);
		if (typeof value !== 'object' || value === null) return undefined;
		return Object.values(value).every((field) => typeof field === 'string') ? (value as Fields) : undefined;
	} catch {
		return undefined;
	}
}

/** Undefined for what no server was asked: the shop's redirects, files, and clients that left while they still sent. */
function requestOf(fields: Fields): ServedRequest | undefined {
	const {side, tries = '', method = '', path = '', client = ''} = fields as Partial<Record<string, string>>;
	if ((side !== 'stable' && side !== 'canary') || tries === '') return undefined;
	const times = numbersOf(fields['times']);
	// nginx says nothing here where it could not send all that it had.
	const isAborted = fields['done'] !== 'OK';
	return {
		side,
		atMs: Math.round(Number(fields['at']) * 1000),
		method,
		path,
		status: isAborted ? abortedStatus(Number(fields['status'])) : statusOf(side, fields),
		durationMs: Math.round((times.length === 0 ? Number(fields['took']) : sum(times)) * 1000),
		client,
		isAborted,
	};
}

/** nginx notes 499 for a client that left before it was sent anything. */
function abortedStatus(status: number): number {
	return status === 499 ? 0 : status;
}

/**
 * What stable answered for a canary that did not is the canary's error, though the shopper has not noticed; and so is an
 * answer that broke off, whatever it had promised. Of one without a length nginx does not tell that it broke off.
 */
function statusOf(side: Side, fields: Fields): number {
	const status = Number(fields['status']);
	const [first = status, ...further] = numbersOf(fields['tries']);
	if (side === 'canary' && further.length > 0 && first >= 500) return first;
	const hasBody = fields['method'] !== 'HEAD' && status !== 304 && status !== 204;
	const length = numbersOf(fields['length']).at(-1) ?? 0;
	const expected = numbersOf(fields['expected']).at(-1) ?? 0;
	return hasBody && length < expected ? Math.max(status, 502) : status;
}

/** nginx lists one for each server that was asked: `502, 200`; `-` where there was none. */
function numbersOf(list = ''): number[] {
	return list
		.split(/[,:]/)
		.map((text) => text.trim())
		.filter((text) => /^\d+(?:\.\d+)?$/.test(text))
		.map(Number);
}

function sum(values: readonly number[]): number {
	return values.reduce((total, value) => total + value, 0);
}
