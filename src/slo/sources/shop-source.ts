import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {Host} from '../../kernel/host.js';
import {httpGet} from '../../ports/http-probe.js';
import {openPagesSource} from './pages-source.js';
import {notAReport, parseShopReport, reportEvidence} from './shop-report.js';
import {chosenObjectives, noReplay, type Source, type SourceContext} from './source.js';

/** A shop's own report where it tells one, its metrics page else. */
export function openShopSource(url: string, context: SourceContext, host: Host): Source {
	const {api} = context.loaded.config.shop;
	return {
		async read(atMs) {
			const base = url.replace(/\/+$/, '');
			const isPage = base.endsWith('/metrics') && !base.endsWith(`${api}/metrics`);
			if (isPage) return openPagesSource([base], context, host).read(atMs);
			if (atMs !== undefined) throw noReplay();
			const asked = base.endsWith('/metrics') ? base : `${base}${api}/metrics`;
			const {status, body} = await askShop(asked, context, host);
			if (status === 404 && asked !== base) return openPagesSource([`${base}/metrics`], context, host).read();
			if (status === 401 || status === 403) throw noEntry(asked, status);
			const report = parseShopReport(body);
			if (report !== undefined && status === 200)
				return reportEvidence({report, where: asked, objectives: chosenObjectives(context)});
			if (status === 200 && /^(?:# |[a-zA-Z_:][\w:]*[ {])/.test(body))
				return openPagesSource([asked], context, host).read();
			throw notAReport(`${asked} (${status})`);
		},
	};
}

async function askShop(url: string, {loaded}: SourceContext, host: Host): Promise<{status: number; body: string}> {
	const {shop, slo} = loaded.config;
	const authorization = slo.metricsToken === undefined ? {} : {authorization: `Bearer ${slo.metricsToken}`};
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

function noEntry(url: string, status: number): SastaError {
	return new SastaError('METRICS_UNREADABLE', `${url} answered ${status} instead of its metrics`, {
		exitCode: EXIT.outside,
		hint: 'Set slo.metricsToken to the shop’s METRICS_TOKEN',
	});
}
