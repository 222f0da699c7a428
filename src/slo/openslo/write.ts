import {stringify} from 'yaml';
import {parseSelector, selectorText} from '../../kernel/selector.js';
import type {MeasuredObjective} from '../objective.js';
import {bucketsAt} from '../rules/event-queries.js';
import {countOf} from '../series.js';
import {queryOfSelectors} from './query.js';

export type OpenSloOptions = {readonly service: string; readonly period: string};

/**
 * Objectives as documents of OpenSLO v1, one for each. An alarm's line has no place there and is left out.
 * @throws SastaError SELECTOR_INVALID
 */
export function writeOpenSlo(objectives: readonly MeasuredObjective[], options: OpenSloOptions): string {
	const documents = [serviceOf(options), ...objectives.map((objective) => sloOf(objective, options))];
	return documents.map((document) => stringify(document, {lineWidth: 0, aliasDuplicateObjects: false})).join('---\n');
}

function serviceOf({service}: OpenSloOptions): object {
	return {
		apiVersion: 'openslo/v1',
		kind: 'Service',
		metadata: {name: dashed(service), ...displayNameOf(service)},
		spec: {description: service},
	};
}

function sloOf(objective: MeasuredObjective, {service, period}: OpenSloOptions): object {
	const {name, title, target} = objective;
	return {
		apiVersion: 'openslo/v1',
		kind: 'SLO',
		metadata: {name: dashed(name), ...displayNameOf(name)},
		spec: {
			description: title,
			service: dashed(service),
			indicator: {
				metadata: {name: dashed(name)},
				spec: {
					ratioMetric: {
						counter: true,
						...Object.fromEntries(
							Object.entries(queriesOf(objective)).map(([role, query]) => [
								role,
								{metricSource: {type: 'Prometheus', spec: {query}}},
							]),
						),
					},
				},
			},
			timeWindow: [{duration: period, isRolling: true}],
			budgetingMethod: 'Occurrences',
			objectives: [{displayName: title, target}],
		},
	};
}

function queriesOf({indicator, thresholdMs = Number.NaN}: MeasuredObjective): Readonly<Record<string, string>> {
	if (indicator.kind === 'ratio') {
		return Object.fromEntries(
			(['good', 'bad', 'total'] as const).flatMap((role) => {
				const selectors = indicator[role];
				return selectors === undefined ? [] : [[role, queryOfSelectors(selectors)]];
			}),
		);
	}
	const histogram = parseSelector(indicator.histogram);
	const texts = [bucketsAt(histogram, thresholdMs), countOf(histogram)];
	const [good = '', total = ''] = texts.map((selector) => queryOfSelectors([selectorText(selector)]));
	return {good, total};
}

/** As OpenSLO wants names: like those of Kubernetes. */
function dashed(name: string): string {
	return (
		name
			.toLowerCase()
			.replaceAll(/[^a-z0-9]+/g, '-')
			.replaceAll(/^-+|-+$/g, '')
			.slice(0, 63) || 'shop'
	);
}

function displayNameOf(name: string): {displayName?: string} {
	return dashed(name) === name ? {} : {displayName: name};
}
