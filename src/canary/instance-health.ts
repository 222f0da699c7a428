import type {Host} from '../kernel/host.js';
import {type Health, readHealth} from '../ports/http-probe.js';

/** How an instance is asked for its health. */
export type HealthTerms = {
	/** Path of the health page. */
	readonly healthPath: string;
	readonly headers: Readonly<Record<string, string>>;
	/** @default 5000 */
	readonly timeoutMs?: number;
};

/** An instance's health, by its own address; no answer is an unhealthy one. */
export function readInstanceHealth(
	url: string,
	{healthPath, headers, timeoutMs = 5000}: HealthTerms,
	host: Pick<Host, 'monotonicMs' | 'redact'>,
): Promise<Health> {
	return readHealth({url: addressOf(url, healthPath), headers, timeoutMs}, host);
}

/** A page of an instance, whether or not its address ends with a slash. */
export function addressOf(url: string, path: string): string {
	return `${url.replace(/\/$/, '')}${path}`;
}
