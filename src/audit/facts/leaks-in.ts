import type {WebAnswer} from '../../ports/web/exchange.js';

/** A line of a trace: `at handler (/srv/shop/routes.js:10:5)`, `at async /srv/shop/routes.js:10:5`. */
const TRACE_LINE =
	/\bat (?:async )?(?:[^\n(]{1,200}\([^\n()]{0,300}[A-Za-z>]:\d+:\d+\)|(?:file:\/\/)?\/[^\s:]{1,300}:\d+:\d+)/;

const TRACES: readonly (readonly [words: string, pattern: RegExp])[] = [
	['a stack trace', TRACE_LINE],
	['a stack trace', /Traceback \(most recent call last\)/],
	['a stack trace', /\bat [\w.$]+\([\w$]+\.java:\d+\)/],
	['a stack trace', /<b>(?:Fatal error|Warning|Parse error)<\/b>:.{1,400} on line <b>\d+<\/b>/s],
];

const DETAILS: readonly (readonly [words: string, pattern: RegExp])[] = [
	['paths of packages', /node_modules\//],
	[
		'a database error',
		/MongoServerError|MongoNetworkError|\bE11000\b|\bCastError\b|SequelizeDatabaseError|ER_PARSE_ERROR|SQLSTATE\[/,
	],
	['a database address', /\bmongodb(?:\+srv)?:\/\//],
	// Not the address of a script, in a page or in the words of a request.
	[
		'a path of the server',
		/(?<![\w/.-]|=["']?|url\(|(?:GET|HEAD|POST|PUT|DELETE) )\/(?:home|usr|var|srv|app|opt|root|Users)\/[\w.@/-]{1,200}\.(?:[cm]?[jt]s|py|php|rb|go)\b/,
	],
];

/**
 * What an answer to a wrong request shows of the inside, in words. A page that a site answers 200 with is its own matter,
 * apart from traces.
 */
export function leaksIn({status, body}: Pick<WebAnswer, 'status' | 'body'>): string[] {
	// In HTML and JSON a trace is written with other line ends and quotes.
	const text = body
		.toString('utf8', 0, 65_536)
		.replace(/<br\s*\/?>|&nbsp;|\\n/gi, '\n')
		.replaceAll('&#x2F;', '/')
		.replaceAll('&#47;', '/');
	const patterns = status >= 400 ? [...TRACES, ...DETAILS] : TRACES;
	return [...new Set(patterns.filter(([, pattern]) => pattern.test(text)).map(([words]) => words))];
}
