import {createHash} from 'node:crypto';
import {NoAnswer} from '../../../ports/web/dial.js';
import {headerOf, type WebAnswer} from '../../../ports/web/exchange.js';
import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {SECRET_FILES} from '../../facts/exposed-files.js';
import {isLikeUnknown, UNKNOWN_REQUESTS, type UnknownPaths, unknownPaths} from '../../facts/unknown-path.js';
import type {Finding} from '../../verdict.js';

/** What came for a path: an answer, or why none. */
export type Looked = {
	readonly path: string;
	readonly answer: Pick<WebAnswer, 'status' | 'headers' | 'body'> | NoAnswer;
};

export type FilesFacts = {readonly unknown: UnknownPaths; readonly looked: readonly Looked[]};

/** Enough for any proof; no more of a secret comes over the wire. */
const HEAD_BYTES = 4096;

export const contentFiles = makeCheck<FilesFacts>({
	id: 'content.files',
	group: 'content',
	title: 'No file with secrets is served',
	severity: 'critical',
	effect: 'passive',
	maxRequests: UNKNOWN_REQUESTS + SECRET_FILES.length,
	sends: [
		'GET of two random paths',
		`GET of ${SECRET_FILES.length} paths such as /.env and /.git/HEAD, their first 4 KiB`,
	],
	why: 'Robots ask every host for these files all day long; what is in them opens the database and the payment account.',
	fix: 'move the file out of what is served, and change every secret in it: it has been read. In nginx: location ~ /\\. { deny all; }',
	references: ['CWE-538', 'OWASP ASVS 5.0, 13.4.1'],
	async gather(context) {
		const unknown = await unknownPaths(context);
		return {unknown, looked: await Promise.all(SECRET_FILES.map(({path}) => lookAt(path, context)))};
	},
	judge: judgeFiles,
});

async function lookAt(path: string, {site}: AuditContext): Promise<Looked> {
	try {
		const headers = {range: `bytes=0-${HEAD_BYTES - 1}`};
		return {path, answer: await site.send({url: path, headers, maxBytes: HEAD_BYTES, expectsBlock: true})};
	} catch (error) {
		if (error instanceof NoAnswer && error.why !== 'interrupted') return {path, answer: error};
		throw error;
	}
}

export function judgeFiles({unknown, looked}: FilesFacts): readonly Finding[] {
	const findings: Finding[] = [];
	const silent = looked.flatMap(({path, answer}) => (answer instanceof NoAnswer ? [{path, why: answer.message}] : []));
	for (const {path, answer} of looked) {
		const file = SECRET_FILES.find((one) => one.path === path);
		if (answer instanceof NoAnswer || file === undefined) continue;
		if (answer.status !== 200 && answer.status !== 206) continue;
		const {body} = answer;
		const text = body.toString('latin1').replace(/^\xef\xbb\xbf/, '');
		// A page is none of these files, whatever it is about; but for those that are pages themselves.
		const isPage = /^\s*<(?:!doctype|html|head|\?xml)/i.test(text) && file.severity !== 'medium';
		if (isPage || isLikeUnknown(answer, unknown) || !file.proves(body, text)) continue;
		findings.push({
			verdict: 'fail',
			severity: file.severity,
			subject: path,
			reason: `${path} can be read by anybody`,
			evidence: [proofWords(answer)],
		});
	}
	if (silent.length > 0)
		findings.push({
			verdict: 'inconclusive',
			reason: 'not all paths were answered',
			evidence: silent.slice(0, 5).map(({path, why}) => `${path}: ${why}`),
		});
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: `none of ${looked.length} such files is there`}];
}

/** Tells one file from another without a word of what is in it. */
function proofWords({status, headers, body}: Pick<WebAnswer, 'status' | 'headers' | 'body'>): string {
	const total =
		/\/(\d+)$/.exec(headerOf({headers}, 'content-range') ?? '')?.[1] ?? headerOf({headers}, 'content-length');
	const digest = createHash('sha256').update(body).digest('hex').slice(0, 16);
	return `${status}, ${total ?? body.length} bytes, sha256 of the first ${body.length}: ${digest}…`;
}
