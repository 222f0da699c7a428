import {describe, expect, it} from 'vitest';
import type {Look} from '../../src/canary/look.js';
import {openShopBurn} from '../../src/canary/shop-burn.js';

const look = (minute: number, trials: number, events: number): Look => ({
	atMs: minute * 60_000,
	stage: 0,
	share: 0.05,
	settledMs: 0,
	isWarmup: false,
	measures: {errors: {stable: {trials, events}, canary: {trials: 10, events: 0}}},
	routes: {},
	latency: undefined,
});

function saidAfter(minutes: number, trials: number, events: number): string | undefined {
	const burn = openShopBurn();
	let said: string | undefined;
	for (let minute = 0; minute <= minutes; minute++) said = burn.add(look(minute, trials, events));
	return said;
}

describe('the whole shop', () => {
	it('that fails two requests in a hundred is in no state to go on', () => {
		expect(saidAfter(12, 500, 10)).toMatch(/error budget 14.4 times too fast/);
	});

	it('that keeps its promise is', () => {
		expect(saidAfter(12, 1000, 1)).toBeUndefined();
	});

	it('is not judged by its first minutes, nor by one slip on a quiet evening', () => {
		expect(saidAfter(5, 500, 10)).toBeUndefined();
		const burn = openShopBurn();
		for (let minute = 0; minute < 12; minute++) burn.add(look(minute, 2, 0));
		expect(burn.add(look(12, 2, 1))).toBeUndefined();
	});

	it('is well again when the last minutes are', () => {
		const burn = openShopBurn();
		for (let minute = 0; minute < 15; minute++) burn.add(look(minute, 500, 10));
		let said: string | undefined;
		for (let minute = 15; minute < 22; minute++) said = burn.add(look(minute, 500, 0));
		expect(said).toBeUndefined();
	});
});
