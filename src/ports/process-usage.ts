import {readdir} from 'node:fs/promises';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {cpuUsage, memoryUsage, uptime, version} from 'node:process';

/** What this process uses, in seconds and bytes, under Prometheus' usual names without their prefix. */
export type ProcessUsage = {
	readonly cpuUserSeconds: number;
	readonly cpuSystemSeconds: number;
	readonly residentBytes: number;
	readonly heapUsedBytes: number;
	readonly heapTotalBytes: number;
	readonly externalBytes: number;
	/** Files and sockets; undefined where the system does not tell. */
	readonly openFiles: number | undefined;
	readonly uptimeSeconds: number;
	readonly nodeVersion: string;
};

export type LoopDelay = {
	/** Seconds since the last read: how late timers ran. */
	read(): {readonly p50: number; readonly p99: number; readonly max: number};
	stop(): void;
};

export async function readProcessUsage(): Promise<ProcessUsage> {
	const cpu = cpuUsage();
	const memory = memoryUsage();
	const files = await readdir('/proc/self/fd').catch(() => undefined);
	return {
		cpuUserSeconds: cpu.user / 1e6,
		cpuSystemSeconds: cpu.system / 1e6,
		residentBytes: memory.rss,
		heapUsedBytes: memory.heapUsed,
		heapTotalBytes: memory.heapTotal,
		externalBytes: memory.external,
		openFiles: files?.length,
		uptimeSeconds: uptime(),
		nodeVersion: version,
	};
}

/** Looks at a timer every 20 ms: fine enough for delays that a customer could feel. */
const RESOLUTION_MS = 20;

/** Measures how late the event loop is, until stopped. */
export function watchLoopDelay(): LoopDelay {
	const histogram = monitorEventLoopDelay({resolution: RESOLUTION_MS});
	histogram.enable();
	// The time between two looks is the resolution when nothing is late.
	const seconds = (nanoseconds: number) => Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000) || 0;
	return {
		read() {
			const delay = {
				p50: seconds(histogram.percentile(50)),
				p99: seconds(histogram.percentile(99)),
				max: seconds(histogram.max),
			};
			histogram.reset();
			return delay;
		},
		stop: () => histogram.disable(),
	};
}
