import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import {ASK_LIFE, readLife} from './haproxy-life.js';
import {asWord, type HaproxySocket} from './haproxy-socket.js';
import type {SplitterState} from './splitter.js';

/** The one entry of the map: whatever is read of it, by us or for a request, is whole. */
const ENTRY = 'split';

/** Weights are hundredths of a percent, rounded down: never more than was asked for. */
const WEIGHT_STEPS = 10_000;

/** The template takes no lease that ends later: a clock that jumps back must not make one last for ever. */
export const LONGEST_LEASE_MS = 3_600_000;

const LONGEST_OWNER = 200;
const NOTHING = '0:0:-';

export type SplitSettings = {
	readonly socket: HaproxySocket;
	/** The map file, as haproxy.cfg names it. */
	readonly map: string;
	/** Backend names. */
	readonly stable: string;
	readonly canary: string;
};

type Place = Pick<SplitSettings, 'socket' | 'map'>;

type Found = {
	/** As it stands in the map. */
	readonly entry: string;
	readonly incarnation: string;
	/** HAProxy's own clock: what it compares the lease with. */
	readonly nowMs: number;
};

/** @throws SastaError SPLITTER_UNREACHABLE, SPLITTER_UNKNOWN, SPLITTER_REFUSED */
export async function readSplit(settings: SplitSettings): Promise<SplitterState> {
	return stateOf(await find(settings), settings);
}

/**
 * One command writes share, lease and owner, so that no kill can leave a mix; another connection proves it. The lease
 * ends by HAProxy's clock, which is asked first.
 */
export async function writeSplit(
	settings: SplitSettings,
	wanted: {readonly share: number; readonly leaseMs: number; readonly owner: string},
): Promise<SplitterState> {
	refuseNonsense(wanted);
	const before = await find(settings);
	const weight = Math.floor(Number((wanted.share * WEIGHT_STEPS).toFixed(6)));
	const leaseEnd = wanted.leaseMs === 0 ? 0 : Math.floor((before.nowMs + wanted.leaseMs) / 1000);
	return write(settings, `${weight}:${leaseEnd}:${encodeOwner(wanted.owner)}`, before.incarnation);
}

/** Asks nothing first: what goes to 0 needs no clock. */
export function clearSplit(settings: SplitSettings): Promise<SplitterState> {
	return write(settings, NOTHING, undefined);
}

async function write(settings: SplitSettings, entry: string, life: string | undefined): Promise<SplitterState> {
	const {socket, map} = settings;
	const answer = (await socket.ask(`set map ${asWord(map)} ${ENTRY} ${asWord(entry)}`)).trim();
	if (answer !== '') throw refusedBy(settings, answer);
	const found = await find(settings);
	if (found.entry === entry && (life === undefined || life === found.incarnation)) return stateOf(found, settings);
	const why =
		life === undefined || life === found.incarnation
			? `it says "${found.entry}": somebody else has set it at the same moment`
			: 'it was reloaded or restarted in between, and begins at 0 %';
	throw new SastaError('SPLITTER_UNPROVED', `HAProxy at ${socket.where} did not keep "${entry}": ${why}`, {
		exitCode: EXIT.outside,
		hint: 'See who else steers it: two runs must not share a map. "sastaops canary abort" takes it to 0 %',
	});
}

/** Everything from one connection, so from one process. */
async function find({socket, map, stable, canary}: SplitSettings): Promise<Found> {
	const backends = [stable, canary].map((name) => `show stat ${name} 2 -1`).join(';');
	const answer = await socket.ask(`${ASK_LIFE};get map ${asWord(map)} ${ENTRY};${backends}`);
	const life = readLife(answer, socket.where);
	if (/^Unknown map identifier/m.test(answer)) throw refusedBy({socket, map}, 'Unknown map identifier');
	const [, entry] = /\bfound=yes\b.* value="([^"]*)"/.exec(answer) ?? [];
	if (entry === undefined) throw refusedBy({socket, map}, 'entry not found');
	for (const backend of [stable, canary]) {
		if (!answer.includes(`\n${backend},BACKEND,`)) throw unknownBackend(backend, socket.where);
	}
	return {...life, entry};
}

/** A backend that this HAProxy does not have. */
export function unknownBackend(backend: string, where: string): SastaError {
	return new SastaError('SPLITTER_UNKNOWN', `HAProxy at ${where} has no backend "${backend}"`, {
		exitCode: EXIT.outside,
		hint: 'Name both backends in canary.splitter as haproxy.cfg does; templates/canary/haproxy.cfg has all it needs',
	});
}

function stateOf({entry, incarnation, nowMs}: Found, {socket, map}: Place): SplitterState {
	const [, weight, lease, owner = ''] = /^(\d{1,5}):(\d{1,12}):(\S+)$/.exec(entry) ?? [];
	if (weight === undefined || Number(weight) > WEIGHT_STEPS) {
		throw new SastaError('SPLITTER_UNKNOWN', `The entry "${ENTRY}" of ${map} says "${entry}", which is no split`, {
			exitCode: EXIT.outside,
			details: [`HAProxy at ${socket.where}`],
			hint: `Set it to what the template has: set map ${map} ${ENTRY} ${NOTHING}`,
		});
	}
	const leftMs = Math.max(0, Number(lease) * 1000 - nowMs);
	// One further away than the template takes does not count there.
	const leaseMs = leftMs > LONGEST_LEASE_MS + 1000 ? 0 : leftMs;
	return {share: Number(weight) / WEIGHT_STEPS, leaseMs, owner: decodeOwner(owner), incarnation};
}

function refusedBy({socket, map}: Place, answer: string): SastaError {
	const where = `HAProxy at ${socket.where}`;
	if (answer.includes('Unknown map identifier')) {
		return new SastaError('SPLITTER_UNKNOWN', `${where} does not use a map ${map}`, {
			exitCode: EXIT.outside,
			hint: 'Write the path as haproxy.cfg does ("show map" lists them); templates/canary/haproxy.cfg has the rule',
		});
	}
	if (answer.includes('not found')) {
		return new SastaError('SPLITTER_UNKNOWN', `The map ${map} of ${where} has no entry "${ENTRY}"`, {
			exitCode: EXIT.outside,
			hint: 'Copy templates/canary/canary.map there, and reload HAProxy',
		});
	}
	return new SastaError('SPLITTER_REFUSED', `${where} refuses: ${answer.slice(0, 200)}`, {
		exitCode: EXIT.outside,
		details: ['It stays as it was'],
		hint: 'Look at what it says; "stats socket" needs "level admin"',
	});
}

function refuseNonsense({share, leaseMs, owner}: {share: number; leaseMs: number; owner: string}): void {
	const isFine = share >= 0 && share <= 1 && leaseMs >= 0 && leaseMs <= LONGEST_LEASE_MS;
	if (isFine && owner !== '' && owner.length <= LONGEST_OWNER) return;
	throw new SastaError(
		'SPLITTER_REFUSED',
		`A share of ${share} for ${leaseMs} ms, "${owner.slice(0, 50)}", is no split`,
		{
			exitCode: EXIT.outside,
			details: ['HAProxy stays as it was'],
			hint: 'A share is 0 to 1, a lease an hour at most, an owner has a name',
		},
	);
}

/** `-` is nobody. */
function encodeOwner(owner: string): string {
	return owner === '-' ? '%2D' : encodeURIComponent(owner);
}

function decodeOwner(text: string): string | undefined {
	if (text === '-') return undefined;
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}
