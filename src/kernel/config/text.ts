import {stringify} from 'yaml';
import type {Config} from './schema.js';

/** A configuration as YAML. */
export function configText(config: Config): string {
	return stringify(config).trimEnd();
}
