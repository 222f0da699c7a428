import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it} from 'vitest';
import {configSchema} from '../../../src/kernel/config/schema.js';
import {makeFiles} from '../../../src/slo/rules/make-files.js';
import {temporaryFolder} from '../../support/folder.js';
import {runTool, toolPath} from '../../support/prometheus-tools.js';

type Grid = {x: number; y: number; w: number; h: number};
type Panel = {
	id: number;
	title: string;
	gridPos: Grid;
	datasource: object;
	targets: {refId: string; expr: string; datasource: object}[];
};

const [made] = makeFiles(['grafana'], configSchema.parse({}));
const {panels, templating} = JSON.parse(made?.text ?? '') as {panels: Panel[]; templating: {list: {name: string}[]}};

describe('the dashboard', () => {
	it('has panels that each have an id and a place of their own', () => {
		expect(new Set(panels.map(({id}) => id)).size).toBe(panels.length);
		const cells = panels.flatMap(({gridPos: {x, y, w, h}}) =>
			Array.from({length: w * h}, (_, index) => `${x + (index % w)},${y + Math.floor(index / w)}`),
		);
		expect(new Set(cells).size).toBe(cells.length);
		expect(panels.every(({gridPos: {x, w}}) => x + w <= 24)).toBe(true);
	});

	it('asks whichever Prometheus the reader chooses', () => {
		expect(templating.list.map(({name}) => name)).toEqual(['datasource', 'service', 'slo']);
		const asked = panels.flatMap(({datasource, targets}) => [
			datasource,
			...targets.map((target) => target.datasource),
		]);
		// biome-ignore lint/suspicious/noTemplateCurlyInString: Grafana's own notation
		expect(asked.every((source) => JSON.stringify(source) === '{"type":"prometheus","uid":"${datasource}"}')).toBe(
			true,
		);
	});

	it('asks for nothing that the rules do not record', () => {
		const [rules] = makeFiles(['rules'], configSchema.parse({}));
		const asked = panels.flatMap(({targets}) => targets.flatMap(({expr}) => expr.match(/slo:[\w:]+/g) ?? []));
		expect(asked.length).toBeGreaterThan(8);
		expect(asked.filter((record) => !rules?.text.includes(`record: ${record}\n`))).toEqual([]);
	});

	it.skipIf(toolPath('promtool') === undefined)('asks in PromQL', async () => {
		const folder = await temporaryFolder();
		const rules = panels
			.flatMap(({targets}) => targets)
			.map(({expr}, index) => ({record: `asked_${index}`, expr: expr.replaceAll('$__rate_interval', '1m')}));
		await writeFile(join(folder, 'asked.yml'), JSON.stringify({groups: [{name: 'asked', rules}]}));
		expect(await runTool('promtool', ['check', 'rules', 'asked.yml'], folder)).toMatchObject({exitCode: 0});
	});
});
