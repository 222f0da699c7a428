import type {Host} from '../kernel/host.js';

/** Gives the answers to reads again for a short while. */
export type FreshAnswers = {
	answer(route: string, parameters: unknown, ask: () => Promise<unknown>): Promise<unknown>;
};

/**
 * Keeps what reads were answered for `freshMs`, so that who probes and then acts does not ask the same thing twice. Every
 * change of ours, whether it succeeds, fails or is never answered, ends all of it; a question still under way is not asked
 * again beside it.
 */
export function keepFresh(freshMs: number, host: Pick<Host, 'monotonicMs'>): FreshAnswers {
	const answers = new Map<string, {readonly value: Promise<unknown>; readonly askedAtMs: number}>();
	return {
		async answer(route, parameters, ask) {
			if (!route.startsWith('GET ')) {
				try {
					return await ask();
				} finally {
					answers.clear();
				}
			}
			const question = `${route} ${JSON.stringify(parameters)}`;
			const askedAtMs = host.monotonicMs();
			const known = answers.get(question);
			if (known && askedAtMs - known.askedAtMs < freshMs) return known.value;
			const asked = {value: ask(), askedAtMs};
			answers.set(question, asked);
			try {
				return await asked.value;
			} catch (error) {
				if (answers.get(question) === asked) answers.delete(question);
				throw error;
			}
		},
	};
}
