import type {MeasuredObjective} from '../objective.js';
import {type AlertingRule, alertingRules} from './alerting-rules.js';
import {type RecordingRule, recordingRules} from './recording-rules.js';
import type {RuleOptions} from './rule-options.js';
import {yamlText} from './yaml-text.js';

/** Below the five minutes for which Prometheus remembers a series that is not written any more. */
const INTERVAL = {short: '30s', long: '2m'} as const;

type Group = {
	readonly name: string;
	readonly interval: string;
	readonly rules: readonly (RecordingRule | AlertingRule)[];
};

/** Prometheus' rules for all objectives. @throws SastaError SELECTOR_INVALID */
export function rulesFile(objectives: readonly MeasuredObjective[], options: RuleOptions): string {
	return yamlText({groups: objectives.flatMap((objective) => groupsOf(objective, options))});
}

function groupsOf(objective: MeasuredObjective, options: RuleOptions): Group[] {
	const {short, long} = recordingRules(objective, options);
	return [
		{name: `slo-${objective.name}-long`, interval: INTERVAL.long, rules: long},
		// The rules of a group see what those above them have just recorded.
		{
			name: `slo-${objective.name}`,
			interval: INTERVAL.short,
			rules: [...short, ...alertingRules(objective, options)],
		},
	];
}
