import type {ParsedLine} from './log-observe.js';
import type {ServedRequest} from './splitter.js';

const BEGIN = '{"sastaops":"1",';

/** nginx notes it for a client that left before it was answered. */
const CLIENT_CLOSED = 499;

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
	const {side, method = '', path = '', client = ''} = fields as Fields & {side?: string; method?: string};
	if (side !== 'stable' && side !== 'canary') return undefined;
	const tries = numbersOf(fields['tries']);
	if (tries.length === 0) return undefined;
	const status = Number(fields['status']);
	const isAborted = status === CLIENT_CLOSED;
	const times = numbersOf(fields['times']);
	return {
		side,
		atMs: Math.round(Number(fields['at']) * 1000),
		method,
		path,
		status: isAborted ? 0 : statusOf({side, status, tries}),
		durationMs: Math.round((times.length === 0 ? Number(fields['took']) : sum(times)) * 1000),
		client,
		isAborted,
	};
}

/** What stable answered for a canary that did not is the canary's error, though the shopper has not noticed. */
function statusOf({side, status, tries}: {side: string; status: number; tries: readonly number[]}): number {
	const [first = status] = tries;
	return side === 'canary' && tries.length > 1 && first >= 500 ? first : status;
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
