type Step = {readonly op: string; readonly path: string; readonly value?: unknown};

/** A patch whose `test` does not hold, or that names what is not there. */
export class PatchRefused extends Error {}

/** RFC 6902, the steps that sastaops sends, on a copy. */
export function applyJsonPatch(object: unknown, steps: readonly Step[]): unknown {
	const copy = structuredClone(object);
	for (const {op, path, value} of steps) {
		const keys = path
			.split('/')
			.slice(1)
			.map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'));
		const last = keys.pop() ?? '';
		const parent = keys.reduce<unknown>((at, key) => childOf(at, key), copy);
		if (typeof parent !== 'object' || parent === null) throw new PatchRefused(`no such path ${path}`);
		const holder = parent as Record<string, unknown>;
		switch (op) {
			case 'test':
				if (JSON.stringify(holder[last]) !== JSON.stringify(value)) throw new PatchRefused(`test failed: ${path}`);
				break;
			case 'add':
				holder[last] = structuredClone(value);
				break;
			case 'remove':
				if (!(last in holder)) throw new PatchRefused(`nothing to remove at ${path}`);
				delete holder[last];
				break;
			default:
				throw new PatchRefused(`no such op ${op}`);
		}
	}
	return copy;
}

/** RFC 7386. */
export function applyMergePatch(object: unknown, change: unknown): unknown {
	if (typeof change !== 'object' || change === null || Array.isArray(change)) return change;
	const isObject = typeof object === 'object' && object !== null && !Array.isArray(object);
	const merged: Record<string, unknown> = isObject ? {...(object as Record<string, unknown>)} : {};
	for (const [key, value] of Object.entries(change)) {
		if (value === null) delete merged[key];
		else merged[key] = applyMergePatch(merged[key], value);
	}
	return merged;
}

function childOf(at: unknown, key: string): unknown {
	return typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[key] : undefined;
}
