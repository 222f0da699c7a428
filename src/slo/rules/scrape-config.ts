import {LABEL} from './names.js';
import {yamlText} from './yaml-text.js';

export type ScrapeOptions = {
	readonly service: string;
	/** The metrics page of each instance. */
	readonly pages: readonly string[];
	/** Whether they ask for a bearer. */
	readonly hasToken: boolean;
	readonly rulesFile: string;
	/** What the rules' selectors ask for beside the metric. */
	readonly selectorLabels: Readonly<Record<string, string>>;
};

/** Prometheus' configuration: whom to scrape, which rules, and whom to tell. */
export function scrapeConfig({service, pages, hasToken, rulesFile, selectorLabels}: ScrapeOptions): string {
	const {job = 'shop', ...labels} = selectorLabels;
	return yamlText({
		global: {scrape_interval: '15s', evaluation_interval: '30s'},
		rule_files: [rulesFile],
		alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:9093']}]}]},
		scrape_configs: alikeOf(pages).map(({scheme, path, targets}, index) => ({
			job_name: index === 0 ? job : `${job}-${index + 1}`,
			scheme,
			metrics_path: path,
			...(hasToken ? {authorization: {credentials_file: 'metrics-token'}} : {}),
			static_configs: [{targets, labels: {[LABEL.service]: service, ...(index === 0 ? {} : {job}), ...labels}}],
		})),
	});
}

/** Pages that one job can scrape: it has one scheme and one path. */
function alikeOf(pages: readonly string[]): {scheme: string; path: string; targets: string[]}[] {
	const jobs: {scheme: string; path: string; targets: string[]}[] = [];
	for (const page of pages) {
		const {protocol, pathname, host, port} = new URL(page);
		const scheme = protocol.replace(':', '');
		const target = port === '' ? `${host}:${scheme === 'https' ? 443 : 80}` : host;
		const job = jobs.find((known) => known.scheme === scheme && known.path === pathname);
		if (job === undefined) jobs.push({scheme, path: pathname, targets: [target]});
		else if (!job.targets.includes(target)) job.targets.push(target);
	}
	return jobs;
}
