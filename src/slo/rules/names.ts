import {quote} from '../../kernel/selector.js';
import type {WindowName} from '../windows.js';

/** The labels of everything that is recorded and alerted; dashboard, routes and tests take them from here. */
export const LABEL = {
	slo: 'slo',
	service: 'service',
	severity: 'severity',
	/** Of a burn alert: the windows it is seen over. */
	long: 'long_window',
	short: 'short_window',
} as const;

export const ALERT = {burn: 'SloBudgetBurn', alarm: 'SloAlarm', absent: 'SloMetricAbsent'} as const;

/** Events of all kinds in a window, as a count. */
export const EVENTS = 'slo:events:increase';
export const BAD_EVENTS = 'slo:bad_events:increase';
/** Events that are bad by the alarm's threshold, where that is another one. */
export const ALARM_BAD_EVENTS = 'slo:alarm_bad_events:increase';
/** The former divided: weighted by events, absent without any. */
export const BAD_RATIO = 'slo:bad_ratio:increase';
/** Share of good events that is promised. */
export const TARGET = 'slo:target:ratio';
/** Share of the period's error budget that is left; below 0 it is overspent. */
export const BUDGET_LEFT = 'slo:budget_left:ratio';

/** Windows that alert rules and people look at; the period comes behind them. */
export const RULE_WINDOWS = ['5m', '30m', '1h', '2h', '6h', '1d', '3d'] as const satisfies readonly WindowName[];

/** A recorded series of one objective. */
export function recordedOf(record: string, {slo, service}: {slo: string; service: string}): string {
	return `${record}{${LABEL.service}=${quote(service)},${LABEL.slo}=${quote(slo)}}`;
}
