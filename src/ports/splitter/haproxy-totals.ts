import {ASK_LIFE, readLife} from './haproxy-life.js';
import type {BackendNames} from './haproxy-log.js';
import {type HaproxySocket, notHaproxy} from './haproxy-socket.js';
import {unknownBackend} from './haproxy-split.js';
import {SIDES, type Side, type SideTotals} from './splitter.js';

/** The counters of both sides and the process they are of. */
export type Counted = {
	readonly incarnation: string;
	readonly nowMs: number;
	readonly totals: Readonly<Record<Side, SideTotals>>;
};

const ANSWERS = ['hrsp_1xx', 'hrsp_2xx', 'hrsp_3xx', 'hrsp_4xx', 'hrsp_5xx', 'hrsp_other'];

/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_UNKNOWN, SPLITTER_REFUSED */
export async function readTotals(socket: HaproxySocket, backends: BackendNames): Promise<Counted> {
	const answer = await socket.ask(`${ASK_LIFE};show stat -1 2 -1`);
	const life = readLife(answer, socket.where);
	const rows = parseCsv(answer);
	if (rows === undefined) throw notHaproxy(socket.where, answer);
	const [stable, canary] = SIDES.map((side) => {
		const row = rows.find((fields) => fields.get('pxname') === backends[side] && fields.get('svname') === 'BACKEND');
		if (row === undefined) throw unknownBackend(backends[side], socket.where);
		return totalsOf(row);
	});
	if (stable === undefined || canary === undefined) throw new Error('there are two sides');
	return {...life, totals: {stable, canary}};
}

/**
 * Each request is in one of the hrsp counters once it has ended, `other` if it had no status. What HAProxy answers for a
 * server (502, 503, 504) is in hrsp_5xx already, so econ and eresp would count it again; only answers that broke off are
 * not, and are in srv_abrt. One that was 5xx and broke off counts twice.
 */
function totalsOf(row: ReadonlyMap<string, string>): SideTotals {
	const count = (name: string) => Number(row.get(name) || 0);
	const requests = ANSWERS.reduce((sum, name) => sum + count(name), 0);
	return {requests, errors: Math.min(requests, count('hrsp_5xx') + count('srv_abrt'))};
}

/** By the names of the header line: columns are added with each version. Undefined where there is no such line. */
export function parseCsv(text: string): ReadonlyMap<string, string>[] | undefined {
	const lines = text.slice(text.indexOf('# pxname,') + 2).split('\n');
	if (!lines[0]?.startsWith('pxname,')) return undefined;
	const names = splitLine(lines[0]);
	const end = lines.indexOf('');
	return lines.slice(1, end === -1 ? undefined : end).map((line) => {
		const values = splitLine(line);
		return new Map(names.map((name, index) => [name, values[index] ?? '']));
	});
}

/** Texts of health checks are quoted, with quotes doubled. */
function splitLine(line: string): string[] {
	return [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(
		([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? '',
	);
}
