/** Larger answers are no answers of an API, and what a parser makes of them is many times as large. */
const MAX_BYTES = 262_144;

/** The JSON of a body; undefined where it is none, or too large to be an answer of an API. */
export function parseJsonBody(body: Buffer): unknown {
	if (body.length > MAX_BYTES) return undefined;
	try {
		return JSON.parse(body.toString('utf8'));
	} catch {
		return undefined;
	}
}
