/** The same answer for a while; who asks while it is being made gets that one too. A failure is not remembered. */
export function memoise<T>(host: {monotonicMs(): number}, maxAgeMs: number, work: () => Promise<T>): () => Promise<T> {
	let last: {readonly atMs: number; readonly value: Promise<T>} | undefined;
	return () => {
		const now = host.monotonicMs();
		if (last !== undefined && now - last.atMs < maxAgeMs) return last.value;
		const made = {atMs: now, value: work()};
		last = made;
		made.value.catch(() => {
			if (last === made) last = undefined;
		});
		return made.value;
	};
}
