import {type LoopDelay, readProcessUsage, watchLoopDelay} from '../../ports/process-usage.js';
import type {MetricRegistry} from './registry.js';

type Info = {readonly version: string; readonly commit: string; readonly environment: string};

/**
 * Which build this is and what its process uses, under the names that prom-client's own defaults have. Those are not
 * used: they cannot be stopped, and read the list of open files while everybody waits.
 */
export function addProcessMetrics(registry: MetricRegistry, info: Info, now: () => number): LoopDelay {
	const gauge = (name: string, help: string) => registry.gauge({name, help, labels: {}});
	const counter = (name: string, help: string) => registry.counter({name, help, labels: {}});
	const build = registry.gauge({
		name: 'build_info',
		help: 'Always 1; its labels are the build',
		labels: {version: [info.version], commit: [info.commit], environment: [info.environment]},
	});
	build.set(info, 1);

	const startTime = gauge('process_start_time_seconds', 'Start of the process since the epoch, in seconds');
	const user = counter('process_cpu_user_seconds_total', 'Time in the program, in seconds');
	const system = counter('process_cpu_system_seconds_total', 'Time in the system, in seconds');
	const resident = gauge('process_resident_memory_bytes', 'Resident memory, in bytes');
	const openFiles = gauge('process_open_fds', 'Open files and sockets');
	const heapUsed = gauge('nodejs_heap_size_used_bytes', 'Used heap, in bytes');
	const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Heap, in bytes');
	const external = gauge('nodejs_external_memory_bytes', 'Memory outside the heap, in bytes');
	const loop = registry.gauge({
		name: 'nodejs_eventloop_lag_seconds',
		help: 'How late timers ran since the last scrape',
		labels: {quantile: ['0.5', '0.99', '1']},
	});

	const delay = watchLoopDelay();
	let before = {user: 0, system: 0};
	let startedSeconds: number | undefined;
	registry.beforeText(async () => {
		const usage = await readProcessUsage();
		// Said once: whoever compares it to find restarts must not see it tremble.
		startedSeconds ??= Math.round(now() / 1000 - usage.uptimeSeconds);
		startTime.set({}, startedSeconds);
		user.add({}, usage.cpuUserSeconds - before.user);
		system.add({}, usage.cpuSystemSeconds - before.system);
		before = {user: usage.cpuUserSeconds, system: usage.cpuSystemSeconds};
		resident.set({}, usage.residentBytes);
		if (usage.openFiles !== undefined) openFiles.set({}, usage.openFiles);
		heapUsed.set({}, usage.heapUsedBytes);
		heapTotal.set({}, usage.heapTotalBytes);
		external.set({}, usage.externalBytes);
		const late = delay.read();
		loop.set({quantile: '0.5'}, late.p50);
		loop.set({quantile: '0.99'}, late.p99);
		loop.set({quantile: '1'}, late.max);
	});
	return delay;
}
