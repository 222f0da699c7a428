import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {onTestFinished} from 'vitest';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {type Instance, startInstance} from '../../support/canary-shop.js';
import {type Customers, sendCustomers} from '../../support/customers.js';
import {type AnyProxy, type ProxyKind, startProxy} from '../../support/proxies/any.js';
import {BINARY, makeShop, type ShopWorld} from '../../support/shop-world.js';

export type CanaryWorld = {
	readonly shop: ShopWorld;
	readonly stable: Instance;
	readonly canary: Instance;
	readonly customers: Customers;
	/** What divides the traffic, as the CLI opens it; and its front door. */
	readonly splitter: Splitter;
	readonly url: string;
	/** As another hand would do it. */
	readonly proxy: Pick<AnyProxy, 'reload' | 'kill'>;
	/** Starts `sastaops canary …` and leaves it running; ended when the test has finished. */
	begin(args?: readonly string[], env?: Readonly<Record<string, string>>): Running;
};

export type Running = {
	readonly pid: number;
	/** What it has said so far, both streams. */
	said(): string;
	/** Resolves when it has said that. */
	says(words: string | RegExp): Promise<void>;
	kill(signal: NodeJS.Signals): void;
	readonly ended: Promise<{readonly exitCode: number | null; readonly signal: string | null}>;
};

/** Times short enough for a test, in proportion as a shop's. */
const TIMES = {bake: '2s', warmup: '600ms', look: '200ms', lag: '500ms', lease: '20s', drain: '15s', maxHold: '3s'};

export type WorldOptions = {
	/** Further keys of `canary:`. */
	readonly config?: Readonly<Record<string, unknown>>;
	readonly perSecond?: number;
	readonly withoutDatabase?: boolean;
	readonly stages?: readonly number[];
	readonly proxy?: ProxyKind;
	/** Further sections of the configuration. */
	readonly sections?: string;
};

/** An instance on each side behind the embedded gateway, customers, and a configuration. */
export async function makeCanaryWorld({
	config = {},
	perSecond = 150,
	withoutDatabase = false,
	stages = [20, 50, 100],
	sections = '',
	proxy = 'gateway',
}: WorldOptions = {}): Promise<CanaryWorld> {
	const stable = await startInstance({version: '1.0.0'});
	const canary = await startInstance({version: '1.1.0'});
	const started = await startProxy(proxy, {stable: [stable.url], canary: [canary.url]});
	const {url, splitter} = started;
	const deploy = `fetch(${JSON.stringify(`${stable.url}/control?version=`)} + process.env.SASTAOPS_VERSION)`;
	const settings = {
		splitter: started.settings,
		stable: [stable.url],
		canary: [canary.url],
		stages,
		leastRequests: 20,
		promote: [process.execPath, '-e', deploy],
		...TIMES,
		...config,
	};
	const shop = await makeShop({
		withoutDatabase,
		config: `shop:\n  url: ${url}\ncanary: ${JSON.stringify(settings)}\n${sections}`,
	});
	onTestFinished(() => shop.close());
	return {
		shop,
		stable,
		canary,
		customers: sendCustomers(url, perSecond),
		splitter,
		url,
		proxy: started,
		begin: (args = ['canary', '1.1.0', '--yes'], env = {}) => begin(shop, args, env),
	};
}

function begin(shop: ShopWorld, args: readonly string[], env: Readonly<Record<string, string>>): Running {
	const child = spawn(process.execPath, [BINARY, ...args], {
		cwd: shop.cwd,
		env: {...shop.env, ...env},
		stdio: ['ignore', 'pipe', 'pipe'],
	});
	onTestFinished(() => void child.kill('SIGKILL'));
	let said = '';
	for (const stream of [child.stdout, child.stderr])
		stream.setEncoding('utf8').on('data', (text: string) => {
			said += text;
		});
	const ended = once(child, 'close').then(() => ({exitCode: child.exitCode, signal: child.signalCode}));
	return {
		pid: child.pid ?? 0,
		said: () => said,
		async says(words) {
			const limit = Date.now() + 40_000;
			const isSaid = () => (typeof words === 'string' ? said.includes(words) : words.test(said));
			while (!isSaid()) {
				if (Date.now() > limit || child.exitCode !== null || child.signalCode !== null)
					throw new Error(`it never said ${String(words)}, but:\n${said}`);
				await new Promise((done) => setTimeout(done, 20));
			}
		},
		kill: (signal) => void child.kill(signal),
		ended,
	};
}

/** Requests that reach the canary within so long. */
export async function canaryRequestsIn(ms: number, canary: Instance): Promise<number> {
	const before = canary.served();
	await new Promise((done) => setTimeout(done, ms));
	return canary.served() - before;
}
