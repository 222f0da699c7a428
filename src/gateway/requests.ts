import type {IncomingMessage, ServerResponse} from 'node:http';
import type {Host} from '../kernel/host.js';
import type {Side} from '../ports/splitter/splitter.js';
import {readClient} from './client-key.js';
import {prepareRequestHeaders} from './headers.js';
import {type PassOn, passOn} from './pass-on.js';
import type {ServedLog} from './served-log.js';
import type {Split} from './split.js';

export type Lanes = PassOn & {
	readonly split: Split;
	readonly log: ServedLog;
	readonly cookieName: string;
};

/** Where a client goes at this moment, and by what name it is counted. */
export function chooseSide(request: IncomingMessage, {split, cookieName}: Lanes): {side: Side; identity: string} {
	const {bucket, identity} = readClient(request, cookieName, Math.random);
	return {side: split.isForCanary(bucket) ? 'canary' : 'stable', identity};
}

/** Serves one request to its end, and counts it once. */
export async function serveRequest(
	request: IncomingMessage,
	response: ServerResponse,
	lanes: Lanes,
	host: Pick<Host, 'monotonicMs'>,
): Promise<void> {
	// A client that goes away is no error of anybody; unheard it would end the process. Each try listens anew.
	request.setMaxListeners(0);
	response.setMaxListeners(0);
	request.on('error', () => undefined);
	response.on('error', () => undefined);
	const closed = new Promise((done) => response.once('close', done));
	let receivedMs = host.monotonicMs();
	request.once('end', () => {
		receivedMs = host.monotonicMs();
	});
	const {side, identity} = chooseSide(request, lanes);
	prepareRequestHeaders(request);
	const {isFailed, isRescued} = await passOn(request, response, side, lanes);
	await closed;
	const isAborted = !isFailed && (!response.writableFinished || response.statusCode === 408);
	lanes.log.add({
		side,
		method: request.method ?? '',
		path: pathOf(request),
		status: statusOf(response, {isFailed, isRescued}),
		durationMs: Math.max(0, host.monotonicMs() - receivedMs),
		identity,
		isAborted,
		isFailed,
		isRescued,
	});
}

export function pathOf({url = '/'}: IncomingMessage): string {
	const query = url.indexOf('?');
	return query === -1 ? url : url.slice(0, query);
}

/** What the client was sent; where a server failed it although the status said otherwise, 502. */
function statusOf(response: ServerResponse, {isFailed, isRescued}: {isFailed: boolean; isRescued: boolean}): number {
	if (isRescued) return 502;
	if (isFailed) return Math.max(response.statusCode, 502);
	return response.headersSent ? response.statusCode : 0;
}
