import type {Db} from 'mongodb';
import {makeShopEvents, type ShopEvent} from '../../../src/app/events.js';
import type {PaymentProvider} from '../../../src/app/payments/provider.js';
import type {RazorpayAccess} from '../../../src/app/payments/razorpay/http.js';
import {openRazorpay} from '../../../src/app/payments/razorpay/open-razorpay.js';
import {
	openSandboxServer,
	type SandboxCall,
	type SandboxFault,
	type SandboxServer,
} from '../../../src/app/payments/sandbox/server.js';
import {openSandboxState, type SandboxState} from '../../../src/app/payments/sandbox/state.js';
import {makeTestHost, type TestHost} from '../../support/host.js';

export const TEST_KEYS = {
	keyId: 'rzp_test_sandbox00000000',
	keySecret: 'key secret of the tests',
	webhookSecret: 'webhook secret of the tests',
} as const;

export type TestSandbox = {
	readonly url: string;
	readonly state: SandboxState;
	/** The next calls of a name meet these, one each. */
	fail(call: SandboxCall, ...faults: (SandboxFault | undefined)[]): void;
	/** How often each was called. */
	readonly calls: Partial<Record<SandboxCall, number>>;
	close(): Promise<void>;
};

/** The sandbox as a server of its own, which a test can make misbehave. */
export async function openTestSandbox(db: Db): Promise<TestSandbox> {
	const host = makeTestHost();
	const state = openSandboxState(db, host);
	const faults = new Map<SandboxCall, (SandboxFault | undefined)[]>();
	const calls: Partial<Record<SandboxCall, number>> = {};
	const server: SandboxServer = await openSandboxServer(state, TEST_KEYS, {
		host,
		faultOf(call) {
			calls[call] = (calls[call] ?? 0) + 1;
			return faults.get(call)?.shift();
		},
	});
	return {
		url: server.url,
		state,
		calls,
		fail: (call, ...wanted) => void faults.set(call, [...(faults.get(call) ?? []), ...wanted]),
		close: () => server.close(),
	};
}

export type TestClient = {
	readonly provider: PaymentProvider;
	readonly events: ShopEvent[];
	readonly host: TestHost;
};

/** Razorpay's client on a server, with short timeouts. */
export function openTestClient(url: string, access: Partial<RazorpayAccess> = {}): TestClient {
	const host = makeTestHost();
	const shopEvents = makeShopEvents();
	const events: ShopEvent[] = [];
	shopEvents.subscribe((event) => events.push(event));
	const provider = openRazorpay(
		{
			kind: 'razorpay',
			url,
			...TEST_KEYS,
			connectMs: 500,
			answerMs: 500,
			webhookSecrets: [TEST_KEYS.webhookSecret],
			...access,
		},
		{events: shopEvents, host},
	);
	return {provider, events, host};
}
