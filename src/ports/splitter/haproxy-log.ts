import type {ServedRequest, Side} from './splitter.js';

/** A request as the log-format of templates/canary/haproxy.cfg writes it. */
export type LoggedRequest = {
	/** HAProxy's number of it, never given twice in the life of a process. */
	readonly id: number;
	readonly request: ServedRequest;
};

export type BackendNames = Readonly<Record<Side, string>>;

const LINE =
	/^sastaops1 (?<id>\d+) (?<at>\d+) (?<backend>\S+) (?<status>-?\d+) (?<head>-?\d+) \+?(?<active>-?\d+) (?<end>\S\S) (?<client>\S+) (?<method>\S+) (?<path>.*)$/;

/**
 * Undefined where it is none, or of a request that went to neither side. What a client chooses stands last, and HAProxy
 * writes nothing but printable ASCII of it, so it cannot forge a field or a line.
 */
export function parseLogLine(line: string, backends: BackendNames): LoggedRequest | undefined {
	const fields = LINE.exec(line)?.groups;
	if (fields === undefined) return undefined;
	const side = sideOf(fields['backend'] ?? '', backends);
	if (side === undefined) return undefined;
	const [who = '-', when = '-'] = fields['end'] ?? '';
	const isAborted = who === 'C' || who === 'c';
	const number = (name: string) => Number(fields[name]);
	return {
		id: number('id'),
		request: {
			side,
			atMs: number('at'),
			method: fields['method'] ?? '',
			path: asPath(fields['path'] ?? ''),
			status: statusOf({status: number('status'), isAborted, who, when}),
			durationMs: Math.max(0, number('active') - Math.max(0, number('head'))),
			client: fields['client'] ?? '',
			isAborted,
		},
	};
}

/** HAProxy writes `#22` for what it does not write as it is. */
function asPath(text: string): string {
	return text.replace(/#([0-9A-F]{2})/g, '%$1');
}

function sideOf(backend: string, {stable, canary}: BackendNames): Side | undefined {
	if (backend === stable) return 'stable';
	return backend === canary ? 'canary' : undefined;
}

type Ending = {
	readonly status: number;
	readonly isAborted: boolean;
	/** Who ended it: C and c the client, S and s the server, others HAProxy. */
	readonly who: string;
	/** In which phase: D while the answer was under way. */
	readonly when: string;
};

/** An answer that broke off has failed, whatever it had promised; 400 is what HAProxy notes of a client that left. */
function statusOf({status, isAborted, who, when}: Ending): number {
	if (isAborted) return when === 'D' ? Math.max(0, status) : 0;
	const isCut = who !== '-' && when === 'D';
	return isCut ? Math.max(status, 502) : Math.max(0, status);
}
