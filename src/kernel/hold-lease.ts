import {errorMessage, SastaError} from './errors.js';
import {EXIT} from './exit-codes.js';
import type {Host} from './host.js';
import type {Lease, LeaseHolder, LeaseState, LeaseStore} from './lease.js';

export type LeaseTerms = {
	readonly store: LeaseStore;
	readonly command: string;
	/**
	 * Tells when a process of this machine started, only good for comparing; undefined when there is none with that pid.
	 * What stands before a slash tells whose pids they are.
	 */
	readonly processStartedAt: (pid: number) => Promise<string | undefined>;
	/** A lease that is not renewed for this long is free. @default 60000 */
	readonly ttlMs?: number;
};

/**
 * Takes the lease and renews it at a third of its time until it is released or lost. A holder that died on this machine
 * is recognised by pid and start time and followed at once; one elsewhere only when its lease has expired.
 * @throws SastaError LEASE_HELD, naming the holder
 */
export async function holdLease(
	{store, command, processStartedAt, ttlMs = 60_000}: LeaseTerms,
	host: Pick<Host, 'hostname' | 'pid' | 'env' | 'now' | 'monotonicMs' | 'randomHex' | 'emit' | 'sleep' | 'fault'>,
): Promise<Lease> {
	const holder: LeaseHolder = {
		id: host.randomHex(6),
		host: host.hostname,
		pid: host.pid,
		pidStartedAt: await processStartedAt(host.pid),
		command,
		url: jobUrl(host.env),
		since: host.now(),
	};
	await host.fault('lease.before');
	const token =
		(await store.acquire(holder, ttlMs))?.token ??
		(await followTheDead({store, holder, ttlMs, processStartedAt}, host));
	await host.fault('lease.after');
	return keepLease({store, holder, token, ttlMs}, host);
}

/** Who looks: its machine by name, its own process, and what it can tell of others. */
export type Onlooker = Pick<Host, 'hostname' | 'pid'> & Pick<LeaseTerms, 'processStartedAt'>;

/** A living holder, or one of another machine of which nobody here can tell; undefined when the lease can be had. */
export async function livingHolder(
	state: LeaseState | undefined,
	onlooker: Onlooker,
): Promise<LeaseHolder | undefined> {
	const holder = state?.holder;
	return holder === undefined || (await isDead(holder, onlooker)) ? undefined : holder;
}

/**
 * Known to be dead: it ran on this machine, and its pid is gone or belongs to a process that started at another time.
 * Two machines may bear one name (`localhost`, a container's host): a process whose pids are not ours is never judged.
 */
async function isDead(
	{host, pid, pidStartedAt}: LeaseHolder,
	{hostname, pid: ownPid, processStartedAt}: Onlooker,
): Promise<boolean> {
	// A database gives null for what was undefined.
	if (host !== hostname || typeof pidStartedAt !== 'string') return false;
	const [seen, own] = await Promise.all([processStartedAt(pid), processStartedAt(ownPid)]);
	return seen !== pidStartedAt && own !== undefined && pidsOf(own) === pidsOf(pidStartedAt);
}

/** What stands before the slash: whose pids they are. */
function pidsOf(startedAt: string): string {
	return startedAt.slice(0, startedAt.lastIndexOf('/') + 1);
}

async function followTheDead(
	{store, holder, ttlMs, processStartedAt}: Omit<LeaseTerms, 'command'> & {holder: LeaseHolder; ttlMs: number},
	host: Pick<Host, 'emit' | 'now'>,
): Promise<number> {
	const state = await store.read();
	const previous = state?.holder;
	const onlooker = {hostname: holder.host, pid: holder.pid, processStartedAt};
	if (state && previous && (await isDead(previous, onlooker))) {
		const taken = await store.takeOver(state.token, holder, ttlMs);
		if (taken) {
			const message = `Took the lease over from "${previous.command}" (pid ${previous.pid}), which is dead`;
			host.emit({type: 'log', level: 'info', message});
			return taken.token;
		}
	}
	throw leaseHeld(await store.read(), host.now());
}

function leaseHeld(state: LeaseState | undefined, nowMs: number): SastaError {
	const holder = state?.holder;
	const who = holder
		? `"${holder.command}" on ${holder.host} (pid ${holder.pid}, since ${ago(nowMs - holder.since)})`
		: 'another run';
	return new SastaError('LEASE_HELD', `Another run is at work: ${who}`, {
		exitCode: EXIT.refused,
		details: [
			...(holder?.url ? [`its job: ${holder.url}`] : []),
			...(state && state.remainingMs > 0
				? [`its lease ends in ${Math.ceil(state.remainingMs / 1000)} s unless it renews it`]
				: []),
		],
		hint: holder ? `Wait for it; if you know that it is dead: sastaops release unlock ${holder.id}` : 'Try again',
	});
}

function ago(ms: number): string {
	const minutes = Math.floor(ms / 60_000);
	return minutes < 1 ? 'less than a minute ago' : `${minutes} min ago`;
}

function keepLease(
	{store, holder, token, ttlMs}: {store: LeaseStore; holder: LeaseHolder; token: number; ttlMs: number},
	host: Pick<Host, 'monotonicMs' | 'emit'>,
): Lease {
	let isLost = false;
	let isReleased = false;
	let deadlineMs = host.monotonicMs() + ttlMs;

	const renew = async (): Promise<void> => {
		const askedAtMs = host.monotonicMs();
		try {
			if (await store.renew(holder.id, token, ttlMs)) deadlineMs = askedAtMs + ttlMs;
			else isLost = true;
		} catch (error) {
			// The store may come back; the deadline decides.
			host.emit({type: 'log', level: 'debug', message: `the lease could not be renewed: ${errorMessage(error)}`});
		}
	};
	const timer = setInterval(() => void (isReleased || renew()), ttlMs / 3);
	timer.unref();

	const lost = () =>
		new SastaError('LEASE_LOST', 'This run has lost its lease; another one may be at work', {
			exitCode: EXIT.stopped,
			hint: 'See where things stand: sastaops release status',
		});
	return {
		holder,
		token,
		assertHeld: async () => {
			if (isLost || host.monotonicMs() > deadlineMs) await renew();
			if (isLost || host.monotonicMs() > deadlineMs || !(await store.check(holder.id, token))) {
				isLost = true;
				throw lost();
			}
		},
		release: async () => {
			isReleased = true;
			clearInterval(timer);
			try {
				await store.release(holder.id, token);
			} catch (error) {
				// It must not hide why the run ended; the lease ends by itself.
				const message = `the lease could not be given back, and ends by itself: ${errorMessage(error)}`;
				host.emit({type: 'log', level: 'debug', message});
			}
		},
	};
}

/** The page of the CI job we run in, where the environment tells. */
function jobUrl(env: Host['env']): string | undefined {
	if (env['GITHUB_RUN_ID'])
		return `${env['GITHUB_SERVER_URL']}/${env['GITHUB_REPOSITORY']}/actions/runs/${env['GITHUB_RUN_ID']}`;
	return env['CI_JOB_URL'] ?? env['BUILD_URL'];
}
