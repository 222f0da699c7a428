import {describe, expect, it} from 'vitest';
import {alertSecrets, alerts} from '../../../src/kernel/config/alerts.js';

const CHAT = {kind: 'slack', url: 'https://hooks.slack.com/services/T000/B000/abcdefghijkl'};

function problems(value: unknown): string[] {
	return alerts.safeParse(value).error?.issues.map(({path, message}) => `${path.join('.')}: ${message}`) ?? [];
}

describe('alerts in a configuration', () => {
	it('tell nobody by default', () => {
		expect(alerts.parse({})).toMatchObject({
			receivers: {},
			routes: {critical: [], warning: [], info: []},
			resend: '4h',
		});
	});

	it('may route to receivers that there are, and no others', () => {
		expect(problems({receivers: {chat: CHAT}, routes: {critical: ['chat']}})).toEqual([]);
		expect(problems({receivers: {chat: CHAT}, routes: {critical: ['chat', 'chet']}})).toEqual([
			'routes.critical.1: names no receiver (chat)',
		]);
		expect(problems({routes: {info: ['chat']}})).toEqual(['routes.info.0: names no receiver (there is none)']);
	});

	it.each([
		[{quiet: {from: '22:00', to: '22:00'}}, 'quiet.to'],
		[{quiet: {from: '24:00', to: '07:00'}}, 'quiet.from'],
		[{quiet: {from: '22:00', to: '07:00', timezone: 'Asia/Bangalor'}}, 'quiet.timezone'],
		[{receivers: {x: {kind: 'pagerduty', routingKey: 'short'}}}, 'receivers.x.routingKey'],
		[{receivers: {x: {kind: 'email', server: 'http://mail', from: 'a@b', to: ['c@d']}}}, 'receivers.x.server'],
		[{receivers: {x: {kind: 'email', server: 'smtp://mail', from: 'a@b\nBcc: e@f', to: ['c@d']}}}, 'receivers.x.from'],
		[{receivers: {x: {kind: 'webhook', url: 'ftp://mail'}}}, 'receivers.x.url'],
		[{receivers: {x: {kind: 'slack', url: CHAT.url, chanel: '#x'}}}, 'receivers.x'],
		[{receivers: {'a.b': CHAT}}, 'receivers.a.b'],
		[{resend: 'sometimes'}, 'resend'],
	])('of %j are refused at %s', (value, path) => {
		expect(problems(value).map((line) => line.split(': ')[0])).toEqual([path]);
	});

	it('hold secrets that are known as such, and words that are none', () => {
		const secrets = alertSecrets(
			alerts.parse({
				receivers: {
					chat: CHAT,
					pager: {kind: 'pagerduty', routingKey: 'a'.repeat(32)},
					am: {kind: 'alertmanager', url: 'http://am:9093', token: 'am-token'},
					hook: {
						kind: 'webhook',
						url: 'https://hooks.example/x',
						secret: 'a-secret-of-enough-signs',
						headers: {Authorization: 'Bearer hook-token', Accept: 'application/json'},
					},
					mail: {kind: 'email', server: 'smtp://user:p%40ssword@mail:587', from: 'a@b', to: ['c@d']},
				},
			}),
		);
		expect(secrets).toEqual(
			expect.arrayContaining([
				CHAT.url,
				'/services/T000/B000/abcdefghijkl',
				'a'.repeat(32),
				'am-token',
				'a-secret-of-enough-signs',
				'https://hooks.example/x',
				'Bearer hook-token',
				'p%40ssword',
				'p@ssword',
			]),
		);
		expect(secrets).not.toContain('application/json');
		expect(secrets).not.toContain('/x');
	});
});
