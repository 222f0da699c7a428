import {rm} from 'node:fs/promises';
import type {Host} from '../kernel/host.js';
import {openMongo} from '../ports/mongo.js';
import {type DataSize, DEMO_SIZE} from './demo-data.js';
import {beginJourney, type Stop} from './demo-journey.js';
import {startProduction} from './demo-production.js';
import {type Proof, STOPS, travel} from './demo-travel.js';
import {demoEnv, makeWorkspace, reopenWorkspace, type Workspace} from './demo-workspace.js';

export type DemoOptions = {
	/** Leave the workspace, to play in. */
	readonly keep: boolean;
	/** @default DEMO_SIZE */
	readonly size?: DataSize;
};

export type DemoResult = {
	/** Undefined when it was removed. */
	readonly workspace: Workspace | undefined;
	readonly timeline: readonly Stop[];
	readonly totalMs: number;
	readonly proof: Proof;
};

/**
 * The whole journey on this machine: two releases, a kill -9 in the middle of the second, and the way back with the
 * data. All of it is real, in a workspace of its own, removed at the end, on failure and on Ctrl-C, unless it is kept.
 * @throws SastaError DEMO_FAILED naming what did not go as promised
 */
export async function runDemo(userHost: Host, {keep, size = DEMO_SIZE}: DemoOptions): Promise<DemoResult> {
	const host = {...userHost, env: demoEnv(userHost.env)};
	const cleanUp: (() => Promise<void>)[] = [];
	const journey = beginJourney(host, STOPS + 2);
	try {
		const workspace = await journey.stop('Make a repository and remote', async () => {
			const made = await makeWorkspace(host);
			if (!keep) cleanUp.push(() => rm(made.folder, {recursive: true, force: true}));
			return [made, made.folder];
		});
		await journey.stop('Start a database', async () => {
			const production = await startProduction(host, workspace);
			cleanUp.push(production.stop);
			return [undefined, production.databaseTitle];
		});
		const mongo = await openMongo(workspace.databaseUri, host);
		cleanUp.push(mongo.close);
		const proof = await travel({workspace, mongo, journey, size}, host);
		host.emit({type: 'log', level: 'info', message: ''});
		return {
			workspace: keep ? workspace : undefined,
			timeline: journey.timeline,
			totalMs: journey.elapsedMs(),
			proof,
		};
	} finally {
		for (const undo of cleanUp.toReversed()) await undo();
	}
}

/** Starts the database and the shop of a workspace that was kept, and runs them until the host is told to stop. */
export async function playIn(folder: string, userHost: Host, whenReady: (workspace: Workspace) => void): Promise<void> {
	const host = {...userHost, env: demoEnv(userHost.env)};
	const workspace = await reopenWorkspace(folder);
	const production = await startProduction(host, workspace);
	try {
		whenReady(workspace);
		await new Promise<void>((resolve) => {
			if (host.signal.aborted) resolve();
			host.signal.addEventListener('abort', () => resolve(), {once: true});
		});
	} finally {
		await production.stop();
	}
}
