import {stringify} from 'yaml';

/** YAML whose long lines stay whole, and which any reader takes as it was meant. */
export function yamlText(value: object): string {
	// An anchor for labels that are the same object twice would puzzle people.
	return stringify(value, {lineWidth: 0, aliasDuplicateObjects: false, version: '1.1'});
}
