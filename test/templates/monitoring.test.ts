import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {configSchema} from '../../src/kernel/config/schema.js';
import {FILE_NAMES, KINDS, makeFiles} from '../../src/slo/rules/make-files.js';

const FOLDERS = {
	rules: 'prometheus',
	tests: 'prometheus',
	scrape: 'prometheus',
	alertmanager: 'alertmanager',
	grafana: 'grafana',
} as const;

describe('the templates of monitoring', () => {
	it.each(KINDS)('hold what "sastaops slo rules --kind %s" writes where nothing is configured', (kind) => {
		const [made] = makeFiles([kind], configSchema.parse({}));
		expect(readFileSync(`templates/${FOLDERS[kind]}/${FILE_NAMES[kind]}`, 'utf8')).toBe(made?.text);
	});
});
