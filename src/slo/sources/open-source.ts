import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import {sha256} from '../../kernel/canonical.js';
import type {LoadedConfig} from '../../kernel/config/load.js';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {ignoreOwnFolder} from '../../kernel/own-folder.js';
import {httpGet} from '../../ports/http-probe.js';
import {openPrometheus} from '../../ports/prometheus.js';
import type {Told} from '../evidence.js';
import {makeEvidence} from '../history/make-evidence.js';
import {byInstance, openReadingStore, parseReadings} from '../history/store.js';
import type {MeasuredObjective} from '../objective.js';
import {objectivesOfConfig} from '../objectives-of-config.js';
import {readPages} from './pages.js';
import {readPrometheus} from './prometheus.js';
import {notAReport, parseShopReport, reportEvidence} from './shop-report.js';

/** Where to ask; what is not given comes from the configuration. */
export type SourceChoice = {
	/** A shop, or a metrics page. */
	readonly url?: string | undefined;
	/** A Prometheus server. */
	readonly prometheus?: string | undefined;
	/** A saved report, or the readings of earlier runs. */
	readonly file?: string | undefined;
};

export type Source = {
	/** False where only this very moment can be told of. */
	readonly canReplay: boolean;
	/** @param atMs the moment to judge; now without it */
	read(atMs?: number): Promise<Told>;
};

/** @throws SastaError SLO_NO_SOURCE when nothing says where to ask */
export function openSource(
	choice: SourceChoice,
	{loaded, periodMinutes}: {loaded: LoadedConfig; periodMinutes: number},
	host: Host,
): Source {
	const {slo, shop} = loaded.config;
	const objectives = objectivesOfConfig(slo);
	const {metricsToken} = slo;
	if (metricsToken !== undefined) host.addSecret(metricsToken);

	if (choice.file !== undefined) return fileSource(choice.file);
	if (choice.prometheus !== undefined) return prometheusSource(choice.prometheus, slo.prometheus);
	if (choice.url !== undefined) return shopSource(choice.url);
	if (slo.prometheus !== undefined) return prometheusSource(slo.prometheus.url, slo.prometheus);
	if (slo.metrics !== undefined) return pagesSource(slo.metrics);
	if (shop.url !== undefined) return shopSource(shop.url);
	throw new SastaError('SLO_NO_SOURCE', 'Nothing says where the shop’s numbers are', {
		exitCode: EXIT.usage,
		hint: 'Give --url https://…, --prometheus http://…, or set shop.url in sastaops.yaml',
	});

	function prometheusSource(url: string, options: typeof slo.prometheus): Source {
		const prometheus = openPrometheus({url, token: options?.token, timeoutMs: 30_000}, host);
		const labels = options?.labels ?? {};
		return {
			canReplay: true,
			read: (atMs = host.now()) => readPrometheus({prometheus, objectives, labels, periodMinutes, atMs}),
		};
	}

	function pagesSource(urls: readonly string[]): Source {
		// By the addresses: readings of a trial must not be taken for the shop's.
		const name = sha256(urls.toSorted().join('\n')).slice(0, 12);
		const store = openReadingStore(join(loaded.root, '.sastaops', 'slo', `${name}.jsonl`));
		return {
			canReplay: true,
			async read(atMs) {
				await ignoreOwnFolder(loaded.root);
				if (atMs === undefined) return readPages({urls, token: metricsToken, objectives, store}, host);
				const readings = await store.read();
				return {
					where: urls.join(', '),
					atMs,
					evidence: objectives.map((objective) => makeEvidence({objective, readings, atMs})),
				};
			},
		};
	}

	function shopSource(url: string): Source {
		return {
			canReplay: false,
			async read(atMs) {
				const base = url.replace(/\/+$/, '');
				const isPage = base.endsWith('/metrics') && !base.endsWith(`${shop.api}/metrics`);
				if (isPage) return pagesSource([base]).read(atMs);
				const asked = base.endsWith('/metrics') ? base : `${base}${shop.api}/metrics`;
				const {status, body} = await askShop(asked);
				if (status === 404 && asked !== base) return pagesSource([`${base}/metrics`]).read(atMs);
				if (status === 401 || status === 403) throw noEntry(asked, status);
				const report = parseShopReport(body);
				if (report !== undefined && status === 200) return reportEvidence({report, where: asked, objectives: chosen()});
				if (status === 200 && /^(?:# |[a-zA-Z_:][\w:]*[ {])/.test(body)) return pagesSource([asked]).read(atMs);
				throw notAReport(`${asked} (${status})`);
			},
		};
	}

	/** What the shop promises counts, unless the configuration promises something else. */
	function chosen(): readonly MeasuredObjective[] | undefined {
		return slo.objectives === undefined ? undefined : objectives;
	}

	async function askShop(url: string): Promise<{status: number; body: string}> {
		const authorization = metricsToken === undefined ? {} : {authorization: `Bearer ${metricsToken}`};
		const headers = {...shop.headers, accept: 'application/json, text/plain;q=0.5', ...authorization};
		try {
			return await httpGet({url, headers, timeoutMs: 10_000, maxBytes: 20_000_000}, host);
		} catch (error) {
			throw new SastaError('METRICS_UNREACHABLE', `${url} cannot be read: ${errorMessage(error) || 'no connection'}`, {
				exitCode: EXIT.outside,
				cause: error,
				hint: 'See whether the shop runs, and whether the address is right',
			});
		}
	}

	function fileSource(path: string): Source {
		return {
			canReplay: true,
			async read(atMs) {
				const text = await readSaved(path);
				const report = parseShopReport(text);
				if (report !== undefined) return reportEvidence({report, where: path, objectives: chosen()});
				const all = parseReadings(text);
				const latestMs = all.reduce((latest, reading) => Math.max(latest, reading.atMs), 0);
				if (all.length === 0) throw notAReport(path);
				const judgedMs = atMs ?? latestMs;
				const readings = byInstance(all);
				const evidence = objectives.map((objective) => makeEvidence({objective, readings, atMs: judgedMs}));
				return {where: path, atMs: judgedMs, evidence};
			},
		};
	}

	async function readSaved(path: string): Promise<string> {
		try {
			return await readFile(resolve(host.cwd, path), 'utf8');
		} catch (error) {
			throw new SastaError('SLO_SOURCE', `${path} cannot be read: ${errorMessage(error)}`, {
				exitCode: EXIT.usage,
				cause: error,
				hint: 'Give a saved report of the shop, or readings of .sastaops/slo',
			});
		}
	}
}

function noEntry(url: string, status: number): SastaError {
	return new SastaError('METRICS_UNREADABLE', `${url} answered ${status} instead of its metrics`, {
		exitCode: EXIT.outside,
		hint: 'Set slo.metricsToken to the shop’s METRICS_TOKEN',
	});
}
