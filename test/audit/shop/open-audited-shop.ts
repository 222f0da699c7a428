import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {openSandboxServer} from '../../../src/app/payments/sandbox/server.js';
import {openSandboxState} from '../../../src/app/payments/sandbox/state.js';
import {openAudit} from '../../../src/audit/audit.js';
import type {AuditResult} from '../../../src/audit/result.js';
import {loadConfig} from '../../../src/kernel/config/load.js';
import {openTestShop, TEST_PASSWORD, type TestShop} from '../../app/open-test-shop.js';
import {makeTestHost, type TestHost} from '../../support/host.js';
import {makeCertificate} from '../../support/tls-certificate.js';
import {type Mutation, openTlsProxy, type Passed, type Reply} from '../../support/tls-proxy.js';

export const HOST = 'shop.example';

/** None of them is any word of a report. */
export const SECRETS = {
	keySecret: 'kS3cr3t/of+the"shop 91',
	webhookSecret: 'wh00k&S3cret=of the shop',
	password: TEST_PASSWORD,
} as const;

export const KEY_ID = 'rzp_test_sandbox00000000';

export const CUSTOMER = 'asha@shop.example';
export const OTHER = 'banu@shop.example';

/** What the customers' sessions are known by, for mutations that mix them up. */
export type AuditedShop = {
	readonly shop: TestShop;
	readonly port: number;
	/** Of the configuration, for the binary. */
	readonly folder: string;
	readonly certificateFile: string;
	readonly tokens: {readonly customer: string; readonly other: string};
	/** Audits it, made wrong in one way, with every credential and permission; `config` changes `audit` of the file. */
	audit(words: readonly string[], options?: AuditedOptions): Promise<AuditResult>;
	/** For the binary: tells what passes from now on, and may change it. */
	watch(tell: ((asked: Passed, reply: Reply) => void) | undefined, mutation?: Mutation): void;
	close(): Promise<void>;
};

export type AuditedOptions = {
	readonly mutation?: Mutation | undefined;
	readonly config?: ConfigChange | undefined;
	readonly host?: TestHost;
};

export type ConfigChange = {
	readonly environment?: string;
	readonly withoutCustomer?: true;
	readonly keyId?: string;
	readonly keySecret?: string;
	readonly webhookSecret?: string;
};

/** The reference shop with a front page behind TLS, on a real database, and two customers. */
export async function openAuditedShop(): Promise<AuditedShop> {
	const shop = await openTestShop({
		RAZORPAY_KEY_SECRET: SECRETS.keySecret,
		RAZORPAY_WEBHOOK_SECRET: SECRETS.webhookSecret,
		TRUSTED_PROXIES: '127.0.0.1',
		RATE_LIMIT_STRICT_PER_MINUTE: '25',
	});
	await shop.database.mongo
		.db(shop.database.name)
		.collection('products')
		.insertMany([
			{slug: 'masala', name: 'Masala tea', category: 'tea', pricePaise: 24_900, stock: 100_000},
			{slug: 'green', name: 'Green tea', category: 'tea', pricePaise: 9900, stock: 100_000},
		]);
	const tokens = {customer: await shop.register(CUSTOMER), other: await shop.register(OTHER)};
	const razorpay = await openSandboxServer(
		openSandboxState(shop.database.mongo.db(shop.database.name), makeTestHost()),
		{keyId: KEY_ID, ...SECRETS},
		{host: makeTestHost()},
	);
	const certificate = await makeCertificate(HOST);
	const proxy = await openTlsProxy(shop.shop.url, certificate);
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-audited-'));
	let clients = 0;

	const writeConfig = async (change: ConfigChange = {}) => {
		const file = join(folder, 'sastaops.yaml');
		await writeFile(file, configText({...change, port: proxy.port, razorpayUrl: razorpay.url}));
		return file;
	};
	await writeConfig();

	return {
		shop,
		port: proxy.port,
		folder,
		certificateFile: certificate.file,
		tokens,
		async audit(words, {mutation, config, host = makeTestHost({cwd: folder, env: {}})} = {}) {
			clients++;
			proxy.mutate(withFrontPage(mutation), `198.51.${100 + Math.floor(clients / 200)}.${(clients % 200) + 2}`);
			const loaded = await loadConfig(host, await writeConfig(config));
			const {run} = await openAudit(
				{
					loaded,
					words,
					domain: undefined,
					api: undefined,
					httpPort: undefined,
					rules: [{host: HOST, port: proxy.port, addresses: ['127.0.0.1']}],
					family: undefined,
					proxy: undefined,
					allowPrivate: false,
					caFiles: [certificate.file],
					headers: {},
					permissions: {active: true, staging: true, knowsItIsLive: false},
					budget: 1000,
					perSecond: undefined,
					failOn: undefined,
					version: '0.0.0',
				},
				host,
			);
			return run();
		},
		watch(tell, mutation) {
			const changed = withFrontPage(mutation);
			const told: Mutation = async (asked, forward) => {
				const reply = await changed(asked, forward);
				tell?.(asked, reply);
				return reply;
			};
			proxy.mutate(told, `198.51.99.${(++clients % 200) + 2}`);
		},
		async close() {
			await proxy.close();
			await razorpay.close();
			await shop.close();
			await rm(folder, {recursive: true, force: true});
			await rm(certificate.folder, {recursive: true, force: true});
		},
	};
}

function configText({
	port,
	razorpayUrl,
	environment,
	withoutCustomer,
	keyId = KEY_ID,
	keySecret = SECRETS.keySecret,
	webhookSecret = SECRETS.webhookSecret,
}: ConfigChange & {readonly port: number; readonly razorpayUrl: string}): string {
	const people = {
		customer: {email: CUSTOMER, password: SECRETS.password},
		otherCustomer: {email: OTHER, password: SECRETS.password},
	};
	// JSON is YAML.
	return JSON.stringify({
		database: 'none',
		...(environment === undefined ? {} : {shop: {environment}}),
		audit: {
			domain: `https://${HOST}:${port}`,
			...(withoutCustomer === true ? {} : people),
			razorpay: {keyId, keySecret, webhookSecret, url: razorpayUrl},
		},
	});
}

/** The shop's front end, which knows the key's id as every front end does. */
function withFrontPage(mutation: Mutation | undefined): Mutation {
	return (asked, forward) => {
		const page = FRONT[asked.path];
		const pass = page === undefined ? forward : async () => page;
		return mutation === undefined ? pass() : mutation(asked, pass);
	};
}

const FRONT: Readonly<Record<string, {status: number; headers: Record<string, string>; body: string}>> = {
	'/': {
		status: 200,
		headers: {'content-type': 'text/html; charset=utf-8'},
		body: '<!doctype html><title>Shop</title><script src="/app.js"></script>',
	},
	'/app.js': {
		status: 200,
		headers: {'content-type': 'text/javascript'},
		body: `new Razorpay({key: "${KEY_ID}"}).open();`,
	},
};
