import type {MongoClient} from 'mongodb';
import type {Connections} from './seen.js';

/** What a client's events told so far. */
export type Watched = {
	/** Connections that became ready. */
	ready: number;
	/** Commands sent, by their comment; heartbeats and log-ins have none. */
	readonly tries: Map<string, number>;
	/** How long the first heartbeat that failed had waited. */
	heartbeatMs: number | undefined;
	connections(): Omit<Connections, 'leftOpen'>;
};

/** Counts by the driver's own events. The client must have been made with `monitorCommands`. */
export function watchClient(client: MongoClient): Watched {
	let made = 0;
	let open = 0;
	let mostOpen = 0;
	let out = 0;
	const watched: Watched = {
		ready: 0,
		tries: new Map(),
		heartbeatMs: undefined,
		connections: () => ({made, mostOpen, notReturned: out}),
	};
	client.on('connectionCreated', () => {
		made++;
		open++;
		mostOpen = Math.max(mostOpen, open);
	});
	client.on('connectionReady', () => void watched.ready++);
	client.on('connectionClosed', () => void open--);
	client.on('connectionCheckedOut', () => void out++);
	client.on('connectionCheckedIn', () => void out--);
	client.on('commandStarted', ({command}) => {
		const comment: unknown = command['comment'];
		if (typeof comment === 'string') watched.tries.set(comment, (watched.tries.get(comment) ?? 0) + 1);
	});
	client.on('serverHeartbeatFailed', ({duration}) => {
		// It is -1 where nothing was ever connected.
		if (duration > 0) watched.heartbeatMs ??= duration;
	});
	return watched;
}
