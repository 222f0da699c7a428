import {describe, expect, it} from 'vitest';
import {openMemoryStore} from '../../../src/alert/memory-store.js';
import {newVersion, registrationsDigest} from '../../../src/app/alerts/news.js';
import {openTurn} from '../../../src/app/alerts/turn.js';
import {alerts} from '../../../src/kernel/config/alerts.js';

const HOUR = 3_600_000;
const T0 = Date.parse('2026-11-24T12:00:00Z');

describe('a version', () => {
	it('is news when it is first seen, and again when it is come back to', async () => {
		const store = openMemoryStore();
		const isNews = async (version: string, atMs: number) =>
			(await newVersion(store, {service: 's', version, commit: 'c', environment: 'production'}, atMs)) !== undefined;
		expect(await isNews('1.1.0', T0)).toBe(true);
		expect(await isNews('1.1.0', T0 + 1000)).toBe(false);
		// A restart after a long while.
		expect(await isNews('1.1.0', T0 + 99 * HOUR)).toBe(false);
		// A canary: both run.
		expect(await isNews('1.2.0', T0 + 100 * HOUR)).toBe(true);
		for (let hours = 99; hours < 103; hours += 0.2) {
			expect(await isNews('1.1.0', T0 + hours * HOUR)).toBe(false);
			if (hours > 100) expect(await isNews('1.2.0', T0 + hours * HOUR)).toBe(false);
		}
		// A rollback a day later.
		expect(await isNews('1.1.0', T0 + 130 * HOUR)).toBe(true);
	});
});

describe('registrations', () => {
	it('are told once a day, at their time, where there are any', async () => {
		const store = openMemoryStore();
		const config = alerts.parse({digest: '09:00', quiet: {from: '22:00', to: '07:00', timezone: 'Asia/Kolkata'}});
		const told = async (iso: string, registrations: number) =>
			(await registrationsDigest(store, {service: 's', registrations, config}, Date.parse(iso)))?.title;
		expect(await told('2026-11-24T10:00:00+05:30', 5)).toBeUndefined();
		expect(await told('2026-11-25T08:59:00+05:30', 5)).toBeUndefined();
		expect(await told('2026-11-25T09:00:00+05:30', 5)).toBe('5 users have registered in the last day');
		expect(await told('2026-11-25T09:00:10+05:30', 6)).toBeUndefined();
		expect(await told('2026-11-26T11:00:00+05:30', 0)).toBeUndefined();
		expect(await told('2026-11-27T09:00:00+05:30', 1)).toBe('One user has registered in the last day');
	});
});

describe('the turn to look', () => {
	it('is one process’s, and another’s when that one dies or gives it back', async () => {
		const store = openMemoryStore();
		let now = T0;
		const host = {now: () => now};
		const [a, b] = [openTurn(store, 'a', host), openTurn(store, 'b', host)];
		expect([await a.isOurs(), await b.isOurs()]).toEqual([true, false]);
		now += 30_000;
		expect([await b.isOurs(), await a.isOurs()]).toEqual([false, true]);
		now += 41_000;
		expect([await b.isOurs(), await a.isOurs()]).toEqual([true, false]);
		await b.giveBack();
		expect(await a.isOurs()).toBe(true);
	});
});
