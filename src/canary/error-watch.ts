import {openCount, watchMeasure} from './count-watch.js';
import type {Guard} from './guard.js';
import type {Watch, WatchTerms} from './guard-watch.js';

/** Of the errors' evidence. */
const OF_ROUTES = 0.25;
/** Routes watched one by one; more than these are only part of the whole. Fixed in advance, as weights must be. */
const ROUTE_SLOTS = 20;

/** Part of the evidence is that of single routes: who breaks one page breaks few requests. */
export function watchErrors(guard: Guard, terms: WatchTerms): Watch {
	const whole = watchMeasure({...guard, kind: 'failures', measure: 'errors'}, 'errors', terms);
	const routes = new Map<string, ReturnType<typeof openCount>>();
	let renewals = 0;

	const routeOf = (route: string) => {
		const known = routes.get(route);
		if (known !== undefined || routes.size >= ROUTE_SLOTS) return known;
		const count = openCount('failures', guard, terms.restarts);
		// A route that is first seen late has evidence of 1 since every beginning so far.
		for (let i = 0; i < renewals; i++) count.evidence.startAnew();
		routes.set(route, count);
		return count;
	};
	return {
		add(look) {
			whole.add(look);
			for (const [route, counted] of Object.entries(look.routes)) routeOf(route)?.add(counted, !look.isWarmup);
		},
		startAnew() {
			renewals++;
			whole.startAnew();
			for (const {evidence} of routes.values()) evidence.startAnew();
		},
		evidence() {
			const all = whole.evidence();
			const byRoute = [...routes].map(([route, {evidence}]) => ({route, worse: evidence.worse()}));
			const idle = ROUTE_SLOTS - byRoute.length;
			const ofRoutes = (byRoute.reduce((sum, {worse}) => sum + worse, 0) + idle) / ROUTE_SLOTS;
			const worst = byRoute.toSorted((a, b) => b.worse - a.worse)[0];
			return {
				...all,
				worse: (1 - OF_ROUTES) * all.worse + OF_ROUTES * ofRoutes,
				where: worst !== undefined && worst.worse > 1 && ofRoutes > all.worse ? worst.route : undefined,
			};
		},
	};
}
