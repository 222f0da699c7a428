import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {onTestFinished} from 'vitest';
import {openCaddy} from '../../../src/ports/splitter/caddy.js';
import {openHaproxy} from '../../../src/ports/splitter/haproxy.js';
import {openNginx} from '../../../src/ports/splitter/nginx.js';
import type {Splitter} from '../../../src/ports/splitter/splitter.js';
import {makeTestHost} from '../host.js';
import {startCaddy} from './caddy.js';
import {startGateway} from './gateway.js';
import {startHaproxy} from './haproxy.js';
import {startNginx} from './nginx.js';

export type ProxyKind = 'gateway' | 'haproxy' | 'nginx' | 'caddy';

/** A real proxy between two sides, its splitter, and what `canary.splitter` says of it. */
export type AnyProxy = {
	readonly url: string;
	readonly splitter: Splitter;
	readonly settings: Readonly<Record<string, unknown>>;
	/** As another hand would reload it. */
	reload(): Promise<void>;
	/** As a power cut. */
	kill(): Promise<void>;
};

type Sides = {readonly stable: readonly string[]; readonly canary: readonly string[]};

export async function startProxy(kind: ProxyKind, sides: Sides): Promise<AnyProxy> {
	switch (kind) {
		case 'gateway': {
			const gateway = await startGateway(sides);
			return {
				url: gateway.url,
				splitter: gateway.splitter,
				settings: {kind, admin: gateway.admin},
				reload: () => Promise.reject(new Error('a gateway is not reloaded')),
				kill: async () => void (await gateway.close()),
			};
		}
		case 'haproxy': {
			const {url, socket, mapFile, ring, reload, kill} = await startHaproxy({...sides, folder: await shortFolder()});
			const options = {address: socket, map: mapFile, stable: 'shop_stable', canary: 'shop_canary', ring};
			const splitter = openHaproxy(options, makeTestHost());
			onTestFinished(() => splitter.close());
			return {url, splitter, settings: {kind, ...options}, reload, kill};
		}
		case 'nginx': {
			const {url, options, reload, kill} = await startNginx({...sides, folder: await shortFolder()});
			const splitter = openNginx(options, makeTestHost());
			onTestFinished(() => splitter.close());
			return {url, splitter, settings: {kind, ...options}, reload, kill};
		}
		case 'caddy': {
			const {url, options, reload, kill} = await startCaddy({...sides, folder: await shortFolder()});
			const splitter = openCaddy(options, makeTestHost());
			onTestFinished(() => splitter.close());
			return {url, splitter, settings: {kind, ...options}, reload, kill};
		}
		default:
			return kind satisfies never;
	}
}

/** A socket's path has a hundred bytes. */
async function shortFolder(): Promise<string> {
	const folder = await mkdtemp(join(tmpdir(), 'px-'));
	onTestFinished(() => rm(folder, {recursive: true, force: true}));
	return folder;
}
