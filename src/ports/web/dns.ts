import {Resolver} from 'node:dns/promises';
import {errorMessage} from '../../kernel/errors.js';
import {codeOf, NoAnswer} from './dial.js';

/** One CAA record; of its properties only those that say who may issue. */
export type CaaRecord = {readonly issue?: string | undefined; readonly issuewild?: string | undefined};

/** The records of one name, empty for none. All @throws NoAnswer `dns` when no server answers. */
export type Dns = {
	addresses(name: string, family: 4 | 6): Promise<readonly string[]>;
	caa(name: string): Promise<readonly CaaRecord[]>;
};

/** Asks DNS itself, not the files of this machine. */
export function openDns({
	servers,
	timeoutMs,
	signal,
}: {
	/** `address` or `address:port`; those of this machine when empty. */
	readonly servers: readonly string[];
	readonly timeoutMs: number;
	readonly signal: AbortSignal;
}): Dns {
	const ask = async <T>(name: string, question: (resolver: Resolver) => Promise<readonly T[]>) => {
		// Twice, as some packets are lost; c-ares doubles the time for the second.
		const resolver = new Resolver({timeout: Math.max(1, Math.round(timeoutMs / 3)), tries: 2});
		if (servers.length > 0) resolver.setServers(servers);
		const onAbort = () => resolver.cancel();
		signal.addEventListener('abort', onAbort, {once: true});
		try {
			return await question(resolver);
		} catch (error) {
			if (signal.aborted) throw new NoAnswer('interrupted', 'interrupted');
			const code = codeOf(error);
			if (code === 'ENOTFOUND' || code === 'ENODATA') return [];
			throw new NoAnswer('dns', `DNS did not answer for ${name}: ${errorMessage(error)}`, code);
		} finally {
			signal.removeEventListener('abort', onAbort);
		}
	};
	return {
		addresses: (name, family) =>
			ask(name, (resolver) => (family === 4 ? resolver.resolve4(name) : resolver.resolve6(name))),
		caa: (name) => ask(name, (resolver) => resolver.resolveCaa(name)),
	};
}
