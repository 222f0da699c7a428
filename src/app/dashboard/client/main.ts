import type {DashboardData} from '../data.js';
import {renderSections} from '../sections.js';
import {type Charts, openCharts, type Range} from './charts.js';

/** Brings the page that the server drew to life: the same sections, drawn again whenever newer figures come. */
function start(): void {
	const live = element('live');
	let charts: Charts | undefined;
	let latest: DashboardData | undefined;
	const range = (): Range =>
		document.querySelector<HTMLInputElement>('input[name=range]:checked')?.value === 'lastTwoDays'
			? 'lastTwoDays'
			: 'lastHour';

	const show = (data: DashboardData) => {
		latest = data;
		for (const [id, {markup}] of Object.entries(renderSections(data))) replace(element(id), markup);
		element('charts').hidden = false;
		charts ??= openCharts();
		charts.show(data[range()]);
	};
	for (const input of document.querySelectorAll('input[name=range]'))
		input.addEventListener('change', () => latest && charts?.show(latest[range()]));

	const events = new EventSource('/dashboard/events');
	events.addEventListener('message', ({data}) => {
		show(JSON.parse(data) as DashboardData);
		live.textContent = 'Live';
	});
	// The browser tries again by itself; what is on the page stays, and says that it is old.
	events.addEventListener('error', () => {
		live.textContent = `No connection; figures as of ${latest ? 'the time below' : 'when the page was loaded'}`;
	});
}

/** Only what has changed is drawn anew: a reader's selection and a screen reader's place stay. */
function replace(place: HTMLElement, markup: string): void {
	const fresh = document.createElement('template');
	fresh.innerHTML = markup;
	if (fresh.innerHTML !== place.innerHTML) place.replaceChildren(fresh.content);
}

function element(id: string): HTMLElement {
	const found = document.getElementById(id);
	if (found === null) throw new Error(`the page has no ${id}`);
	return found;
}

start();
