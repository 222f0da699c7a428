import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {makeObserver} from './haproxy-observe.js';
import {openHaproxySocket} from './haproxy-socket.js';
import {clearSplit, readSplit, writeSplit} from './haproxy-split.js';
import type {Splitter} from './splitter.js';

export type HaproxyOptions = {
	/** The admin socket: a path, or `host:port`. */
	readonly address: string;
	/** The map file, as haproxy.cfg names it. */
	readonly map: string;
	/** Backend names. */
	readonly stable: string;
	readonly canary: string;
	/** The ring that requests are logged to; without it only totals are read. */
	readonly ring?: string | undefined;
};

/** A lease ends with a second of HAProxy's clock, up to one second before what was asked for. */
const SHORTEST_LEASE_MS = 3000;

/**
 * Opens an HAProxy that is set up as templates/canary/haproxy.cfg says. It is not asked anything yet.
 * @throws SastaError SPLITTER_UNKNOWN where a name cannot be one of HAProxy's
 */
export function openHaproxy(options: HaproxyOptions, host: Pick<Host, 'monotonicMs' | 'sleep'>): Splitter {
	refuseNames(options);
	const {address, map, stable, canary, ring} = options;
	const socket = openHaproxySocket(address);
	const split = {socket, map, stable, canary};
	const observer = makeObserver({socket, backends: {stable, canary}, ring}, host);
	return {
		kind: 'haproxy',
		title: `HAProxy at ${socket.where}`,
		isSticky: true,
		shortestLeaseMs: SHORTEST_LEASE_MS,
		read: () => readSplit(split),
		set: (wanted) => writeSplit(split, wanted),
		observe: observer.observe,
		revert: () => clearSplit(split),
		close: async () => observer.close(),
	};
}

/** A name goes into a command line: one that holds another command must not come that far. */
function refuseNames({map, stable, canary, ring}: HaproxyOptions): void {
	const wrong = [stable, canary, ...(ring === undefined ? [] : [ring])].filter((name) => !/^[\w.:-]+$/.test(name));
	// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
	if (/[\u0000-\u001f\u007f]/.test(map) || map === '') wrong.push(map);
	if (stable === canary) wrong.push(canary);
	if (wrong.length === 0) return;
	throw new SastaError(
		'SPLITTER_UNKNOWN',
		`canary.splitter has a name that HAProxy cannot have: ${JSON.stringify(wrong[0])}`,
		{
			exitCode: EXIT.usage,
			hint: 'Name the map file, the ring and two different backends as haproxy.cfg does',
		},
	);
}
