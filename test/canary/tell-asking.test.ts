import {describe, expect, it} from 'vitest';
import type {Decision} from '../../src/canary/decide.js';
import type {CanaryPlan} from '../../src/canary/plan.js';
import {tellOfAsking} from '../../src/canary/tell-asking.js';

const plan = {shop: 'sastabazar', version: '1.2.0', environment: 'production', run: 'r1'} as CanaryPlan;

function said(decision: Decision): string[] {
	const lines: string[] = [];
	tellOfAsking(decision, {
		plan,
		alerts: {
			raise: ({key, severity, text}) => void lines.push(`raise ${severity} ${key} ${text.split('\n')[0]}`),
			resolve: (key) => void lines.push(`resolve ${key}`),
			send: () => void lines.push('send'),
		},
	});
	return lines;
}

describe('a canary', () => {
	it('that waits for a decision warns somebody, and no longer when it goes on', () => {
		expect(said({kind: 'ask', reasons: ['too little traffic']})).toEqual([
			'raise warning sastaops:sastabazar:canary:asks too little traffic',
			'send',
		]);
		expect(said({kind: 'stay'})).toEqual(['resolve sastaops:sastabazar:canary:asks', 'send']);
	});
});
