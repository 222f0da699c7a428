import type {Alert} from '../alert/alert.js';
import type {Host} from '../kernel/host.js';
import type {Journal} from '../kernel/journal/journal.js';
import type {Splitter} from '../ports/splitter/splitter.js';
import type {UserCommand} from '../ports/user-command.js';
import type {Asks} from './asks.js';
import type {MeasureReader} from './measures.js';
import type {CanaryPlan} from './plan.js';

/** What the steps of a canary work with. */
export type CanaryContext = {
	readonly plan: CanaryPlan;
	readonly host: Host;
	readonly journal: Journal;
	readonly splitter: Splitter;
	readonly measures: MeasureReader;
	readonly asks: Asks;
	readonly healthPath: string;
	readonly metricsPath: string | undefined;
	readonly metricsToken: string | undefined;
	readonly headers: Readonly<Record<string, string>>;
	/** The shop's health page through the splitter; undefined without shop.url. */
	readonly frontUrl: string | undefined;
	readonly start: UserCommand | undefined;
	readonly stop: UserCommand | undefined;
	/** Folder of the reports. */
	readonly reports: string;
	/** Who is told of what needs a person; told in the background. */
	readonly alerts: {
		raise(alert: Alert): void;
		resolve(key: string): void;
		send(): void;
	};
	/** Replaces the stable instances; undefined where a person does it. */
	readonly promote: (() => Promise<void>) | undefined;
};
