import {parse} from 'yaml';
import {type AlertsConfig, alertSecrets, alerts as alertsSchema} from '../../kernel/config/alerts.js';
import {expandReferences} from '../../kernel/config/references.js';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';

/**
 * The `alerts` of a sastaops.yaml, or that section alone, as the variable ALERTS holds it; `${NAME}` and `${file:path}` are
 * filled in.
 * @throws SastaError SETTINGS
 */
export async function readAlertsConfig(
	text: string,
	host: Pick<Host, 'env' | 'cwd' | 'addSecret'>,
): Promise<AlertsConfig> {
	const {value, problems, secrets} = await expandReferences(sectionOf(text), host.env, host.cwd);
	for (const secret of secrets) host.addSecret(secret);
	const parsed = alertsSchema.safeParse(value);
	const details = [...problems, ...(parsed.error?.issues ?? [])].map(
		({path, message}) => `ALERTS: ${path.map(String).join('.')}: ${message}`,
	);
	if (details.length > 0 || !parsed.success) throw unusable(details);
	for (const secret of alertSecrets(parsed.data)) host.addSecret(secret);
	return parsed.data;
}

function sectionOf(text: string): object {
	let value: unknown;
	try {
		value = parse(text);
	} catch (error) {
		throw unusable([`ALERTS: ${errorMessage(error)}`]);
	}
	if (typeof value !== 'object' || value === null) throw unusable(['ALERTS: must be a map of settings']);
	const section = 'alerts' in value ? value.alerts : value;
	return typeof section === 'object' && section !== null ? section : {};
}

function unusable(details: readonly string[]): SastaError {
	return new SastaError('SETTINGS', 'The shop cannot start: its alerts are to be mended', {
		exitCode: EXIT.usage,
		details,
		hint: 'ALERTS, or the file that ALERTS_FILE names, holds the section alerts of a sastaops.yaml: docs/alerts.md',
	});
}
