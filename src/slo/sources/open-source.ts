import type {LoadedConfig} from '../../kernel/config/load.js';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {openPrometheus} from '../../ports/prometheus.js';
import {objectivesOfConfig} from '../objectives-of-config.js';
import {openFileSource} from './file-source.js';
import {openPagesSource} from './pages-source.js';
import {readPrometheus} from './prometheus.js';
import {openShopSource} from './shop-source.js';
import type {Source, SourceContext} from './source.js';

/** Where to ask; what is not given comes from the configuration. */
export type SourceChoice = {
	/** A shop, or a metrics page. */
	readonly url?: string | undefined;
	/** A Prometheus server. */
	readonly prometheus?: string | undefined;
	/** A saved report, or the readings of earlier runs. */
	readonly file?: string | undefined;
};

/** @throws SastaError SLO_NO_SOURCE when nothing says where to ask */
export function openSource(
	choice: SourceChoice,
	{loaded, periodMinutes}: {loaded: LoadedConfig; periodMinutes: number},
	host: Host,
): Source {
	const {slo, shop} = loaded.config;
	if (slo.metricsToken !== undefined) host.addSecret(slo.metricsToken);
	const context: SourceContext = {loaded, periodMinutes, objectives: objectivesOfConfig(slo)};
	if (choice.file !== undefined) return openFileSource(choice.file, context, host);
	if (choice.prometheus !== undefined) return openPrometheusSource(choice.prometheus, context, host);
	if (choice.url !== undefined) return openShopSource(choice.url, context, host);
	if (slo.prometheus !== undefined) return openPrometheusSource(slo.prometheus.url, context, host);
	if (slo.metrics !== undefined) return openPagesSource(slo.metrics, context, host);
	if (shop.url !== undefined) return openShopSource(shop.url, context, host);
	throw new SastaError('SLO_NO_SOURCE', 'Nothing says where the shop’s numbers are', {
		exitCode: EXIT.usage,
		hint: 'Give --url https://…, --prometheus http://…, or set shop.url in sastaops.yaml',
	});
}

function openPrometheusSource(url: string, {loaded, objectives, periodMinutes}: SourceContext, host: Host): Source {
	const {token, labels = {}} = loaded.config.slo.prometheus ?? {};
	const prometheus = openPrometheus({url, token, timeoutMs: 30_000}, host);
	return {
		read: (atMs = host.now()) => readPrometheus({prometheus, objectives, labels, periodMinutes, atMs}),
	};
}
