import type {Message, Severity} from '../ports/alerts/receiver.js';

/** Something that is wrong, until it is not. */
export type Alert = Message & {
	/**
	 * Told in a maintenance silence too: it is about the very work that the silence was made for, and a rollback that
	 * fails while everybody looks away is the last thing to keep quiet.
	 */
	readonly passesSilence?: boolean;
};

/** Something that happened and is over. Its key names the one event: `sastaops:sastabazar:deployment:1.2.0`. */
export type Notice = Omit<Message, 'severity'> & {
	/** Who is told. @default info */
	readonly severity?: Severity;
};

const MOST_KEY = 255;
const MOST_TITLE = 200;
const MOST_TEXT = 4000;
const MOST_FACTS = 20;
const MOST_FACT = 500;

const RANKS: Readonly<Record<Severity, number>> = {info: 0, warning: 1, critical: 2};

export function isWorse(a: Severity, b: Severity): boolean {
	return RANKS[a] > RANKS[b];
}

/** `sastaops:<service>:<what>:<tier>`: who tells of the end of something must find its beginning by it. */
export function alertKey(service: string, what: string, tier: string): string {
	return clip(['sastaops', service, what, tier].map((part) => part.replaceAll(/[^\w.-]+/g, '-')).join(':'), MOST_KEY);
}

/** Within the limits of every receiver, on one line what must be, and without what `redact` knows for a secret. */
export function tidy<T extends Omit<Message, 'severity'>>(message: T, redact: (text: string) => string): T {
	const line = (text: string, most: number) =>
		clip(
			redact(text)
				.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ')
				.trim(),
			most,
		);
	return {
		...message,
		key: line(message.key, MOST_KEY),
		title: line(message.title, MOST_TITLE),
		text: clip(redact(message.text), MOST_TEXT),
		facts: message.facts
			.slice(0, MOST_FACTS)
			.map(([label, value]) => [line(label, 100), line(value, MOST_FACT)] as const),
	};
}

/** Cut at a whole character, with an ellipsis. */
export function clip(text: string, most: number): string {
	if (text.length <= most) return text;
	const cut = text.slice(0, most - 1);
	return `${/[\uD800-\uDBFF]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
