import {mkdir, readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {Browser, BrowserContextOptions, Page} from 'playwright-core';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {browserPath, startBrowser} from '../../support/browser.js';
import {openTestShop, type TestShop} from '../open-test-shop.js';

const AXE = resolve('node_modules/axe-core/axe.min.js');
/** `SASTAOPS_SCREENSHOTS=<folder>` keeps what the page looks like, to be looked at. */
const SCREENSHOTS = process.env['SASTAOPS_SCREENSHOTS'];

const LOOKS: Readonly<Record<string, BrowserContextOptions>> = {
	light: {viewport: {width: 1280, height: 900}, colorScheme: 'light'},
	dark: {viewport: {width: 1280, height: 900}, colorScheme: 'dark'},
	phone: {viewport: {width: 390, height: 844}, colorScheme: 'light', isMobile: true, hasTouch: true},
	'phone-dark': {viewport: {width: 390, height: 844}, colorScheme: 'dark', isMobile: true, hasTouch: true},
};

describe.skipIf(browserPath() === undefined)('the dashboard in a browser (chromium)', () => {
	let shop: TestShop;
	let browser: Browser;

	beforeAll(async () => {
		[shop, browser] = await Promise.all([openTestShop(), startBrowser()]);
		await fillWithHistory(shop);
	}, 60_000);
	afterAll(async () => {
		await browser.close();
		await shop.close();
	});

	async function open(options: BrowserContextOptions = LOOKS['light'] ?? {}, path = '/dashboard') {
		const context = await browser.newContext(options);
		const page = await context.newPage();
		const complaints: string[] = [];
		page.on('console', (message) => {
			if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
		});
		page.on('pageerror', (error) => complaints.push(error.message));
		await page.goto(`${shop.shop.url}${path}`);
		return {page, complaints, close: () => context.close()};
	}

	const isLive = (page: Page) => page.locator('#live', {hasText: 'Live'}).waitFor();

	it.each(Object.entries(LOOKS))(
		'is whole, without a complaint of browser or axe: %s',
		async (name, options) => {
			const {page, complaints, close} = await open(options);
			await isLive(page);
			await page.locator('#traffic canvas').waitFor();
			expect(await page.locator('.verdict').textContent()).toContain('The shop is up');
			expect(await page.evaluate('document.documentElement.scrollWidth <= window.innerWidth')).toBe(true);
			if (SCREENSHOTS !== undefined) {
				await mkdir(SCREENSHOTS, {recursive: true});
				await page.waitForTimeout(300);
				await page.screenshot({path: join(SCREENSHOTS, `${name}.png`), fullPage: true});
			}
			// By the debugger, which the page's policy does not hinder: it forbids scripts of anybody else.
			await page.evaluate(await readFile(AXE, 'utf8'));
			const {violations} = (await page.evaluate('axe.run()')) as {violations: {id: string; nodes: {html: string}[]}[]};
			expect(violations.map(({id, nodes}) => `${id}: ${nodes[0]?.html}`)).toEqual([]);
			expect(complaints).toEqual([]);
			await close();
		},
		60_000,
	);

	it('shows what happens while it is open, and keeps what does not change', async () => {
		const {page, close} = await open();
		await isLive(page);
		const cell = page.locator('.funnel tr', {hasText: 'Checkouts'}).locator('.number');
		const before = await cell.textContent();
		await page.evaluate("document.querySelector('#pool').firstChild.kept = true");
		shop.shop.shop.events.emit({type: 'checkout', outcome: 'placed', durationMs: 5});
		await expect.poll(() => cell.textContent(), {timeout: 15_000}).not.toBe(before);
		await close();
	}, 60_000);

	it('serves without scripts: every figure is text', async () => {
		const {page, close} = await open({javaScriptEnabled: false});
		expect(await page.locator('.verdict').textContent()).toContain('The shop is up');
		expect(await page.locator('#objectives tbody tr').count()).toBe(6);
		expect(await page.locator('.funnel').textContent()).toContain('Checkouts');
		expect(await page.locator('#charts').isVisible()).toBe(false);
		await close();
	});

	it('can be worked by the keyboard', async () => {
		const {page, close} = await open();
		await isLive(page);
		// Wide tables can be reached as well, to be moved sideways.
		for (let press = 0; press < 6 && !(await page.evaluate("document.activeElement.name === 'range'")); press++)
			await page.keyboard.press('Tab');
		await page.keyboard.press('ArrowRight');
		expect(await page.locator('input[name=range]:checked').getAttribute('value')).toBe('lastTwoDays');
		await close();
	});

	it('says that it is old when the shop goes away', async () => {
		const other = await openTestShop();
		const context = await browser.newContext();
		const page = await context.newPage();
		await page.goto(`${other.shop.url}/dashboard`);
		await isLive(page);
		await other.close();
		await page.locator('#live', {hasText: 'No connection'}).waitFor({timeout: 15_000});
		expect(await page.locator('.verdict').textContent()).toContain('The shop is up');
		await context.close();
	}, 60_000);
});

/** Two days of a small shop, as its processes would have left them. */
async function fillWithHistory({database, shop}: TestShop): Promise<void> {
	const db = database.mongo.db(database.name);
	const now = Date.now();
	const steps = (count: number, ms: number) =>
		Array.from({length: count}, (_, index) => ({at: new Date(Math.floor(now / ms) * ms - (index + 1) * ms), index}));
	const counts = (scale: number, index: number) => {
		const requests = Math.round(scale * (40 + 25 * Math.sin(index / 7)));
		const slow = index % 13 === 0 ? Math.round(requests / 9) : 1;
		return {
			requests,
			errors: index % 17 === 0 ? 2 : 0,
			request_ms_25: requests - slow,
			request_ms_500: slow,
			checkout_placed: Math.round(scale * 2),
			checkout_ms_250: Math.round(scale * 2),
			checkout_out_of_stock: index % 5 === 0 ? 1 : 0,
			order_paid: Math.round(scale * 1.6),
			order_expired: index % 4 === 0 ? 1 : 0,
			payment_captured: Math.round(scale * 1.6),
			payment_failed: index % 6 === 0 ? 1 : 0,
			revenue_paise: Math.round(scale * 1.6) * 129_900,
			registrations: 1,
		};
	};
	for (const [kind, list, scale] of [
		['minute', steps(59, 60_000), 1],
		['hour', steps(47, 3_600_000), 60],
	] as const) {
		await db.collection(`metric_${kind}s`).insertMany(
			list.map(({at, index}) => ({
				_id: `${at.toISOString()} other`,
				at,
				instance: 'other',
				version: '1.0.0',
				counts: counts(scale, index),
				expiresAt: new Date(now + 86_400_000),
			})) as never[],
		);
	}
	await db.collection('error_groups').insertOne({
		_id: 'f00d' as never,
		name: 'TypeError',
		code: null,
		message: "Cannot read properties of undefined (reading 'slug')",
		route: '/api/products/:slug',
		count: 1234,
		firstSeen: new Date(now - 86_400_000),
		lastSeen: new Date(now - 60_000),
		versions: ['1.0.0', '1.1.0'],
		lastContext: {},
		stack: '',
	});
	await db.collection('sastaops_control').insertOne({
		_id: 'releases' as never,
		list: [
			{run: 'a', version: '1.0.0', at: new Date(now - 86_400_000), what: 'released'},
			{run: 'b', version: '1.1.0', at: new Date(now - 7_200_000), what: 'released'},
			{run: 'c', version: '1.1.0', at: new Date(now - 3_600_000), what: 'canary at 25 %'},
		],
	});
	expect(shop.url).toContain('http');
}
