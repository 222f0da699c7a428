import type {AuditContext} from '../context.js';
import {targetOf} from '../context.js';
import {parseJsonBody} from './parse-json.js';

/** What the live shop says of itself; undefined where there is no health of the contract. */
export type LiveHealth = {
	readonly version: string | undefined;
	readonly commit: string | undefined;
	readonly environment: string | undefined;
};

export function readLiveHealth(context: AuditContext): Promise<LiveHealth | undefined> {
	return context.shared('live health', async () => {
		const {status, body} = await context.site.page(`${targetOf(context).api}/health`);
		const said = asObject(parseJsonBody(body));
		if ((status !== 200 && status !== 503) || typeof said?.['status'] !== 'string') return undefined;
		const text = (key: string) => (typeof said[key] === 'string' && said[key] !== '' ? said[key] : undefined);
		return {version: text('version'), commit: text('commit'), environment: text('environment')};
	});
}

function asObject(value: unknown): Record<string, unknown> | undefined {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
}
