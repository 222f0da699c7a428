import {stripVTControlCharacters} from 'node:util';
import {formatDuration} from '../kernel/duration.js';
import type {HostEvent} from '../kernel/host.js';
import {type Paint, PLAIN, SYMBOLS} from '../kernel/render-text.js';
import {isColourWanted, loadPaint} from './colour.js';
import type {CliHost} from './host.js';
import type {GlobalFlags} from './session.js';

/** Quiet time after which a line is printed all the same, so that a CI log does not look hung. */
const HEARTBEAT_MS = 15_000;

/** Something watched for hours is told this often in a log. */
const LIVE_LINE_MS = 30_000;

/** Turns the host's events into what a person or a machine sees on stderr while the command works. */
export async function openProgress(host: CliHost, flags: GlobalFlags): Promise<{close(): void}> {
	if (flags.quiet) return {close: () => undefined};
	if (flags.output === 'jsonl') {
		host.listen((event) => host.stderr.write(`${host.redact(JSON.stringify({at: host.now(), ...event}))}\n`));
		return {close: () => host.listen(undefined)};
	}
	const paint = await loadPaint(isColourWanted(host.stderr, host.env, host.argv));
	const isLive = host.stderr.isTTY && !host.env['CI'] && host.env['TERM'] !== 'dumb';
	return isLive ? openLive(host, flags, paint) : openPlain(host, flags);
}

/** One line a step, when it has ended; while one takes long, a line now and then tells that it still goes on. */
function openPlain(host: CliHost, flags: GlobalFlags): {close(): void} {
	let current: {readonly title: string; sinceMs: number; amount: string} | undefined;
	let liveMs = Number.NEGATIVE_INFINITY;
	const say = (line: string) => host.stderr.write(`${host.redact(line)}\n`);
	const heart = setInterval(() => {
		if (current)
			say(
				`${SYMBOLS.pending} ${current.title}   ${formatDuration(host.monotonicMs() - current.sinceMs)} so far${current.amount}`,
			);
	}, HEARTBEAT_MS);
	heart.unref();

	host.listen((event) => {
		if (event.type === 'progress') {
			if (current) current.amount = `, ${amount(event)}`;
			return;
		}
		if (event.type === 'live') {
			if (event.isNews || host.monotonicMs() - liveMs >= LIVE_LINE_MS) {
				liveMs = host.monotonicMs();
				say(event.line);
			}
			// It speaks for itself.
			if (current) current.sinceMs = host.monotonicMs();
			return;
		}
		if (event.type === 'step') {
			const isStart = event.state === 'start';
			current = isStart ? {title: placeOf(event), sinceMs: host.monotonicMs(), amount: ''} : undefined;
			if (isStart) return;
		}
		const line = lineOf(event, flags, PLAIN);
		if (line !== undefined) say(line);
	});
	return {
		close: () => {
			clearInterval(heart);
			host.listen(undefined);
		},
	};
}

/** One spinner line for the step at work; finished steps stay above it. Ora is loaded only for a terminal. */
async function openLive(host: CliHost, flags: GlobalFlags, paint: Paint): Promise<{close(): void}> {
	const {default: ora} = await import('ora');
	const spinner = ora({
		stream: host.terminal.stderr,
		discardStdin: false,
		// Whether this is a terminal was decided before.
		isEnabled: true,
		hideCursor: true,
		...(paint === PLAIN ? {color: false as const} : {}),
	});
	let title = '';
	host.listen((event) => {
		if (event.type === 'progress') {
			spinner.text = host.redact(`${title}   ${amount(event)}`);
			return;
		}
		if (event.type === 'live') {
			spinner.text = host.redact(event.screen.join('\n'));
			return;
		}
		const line = lineOf(event, flags, paint);
		if (event.type === 'step' && event.state === 'start') {
			title = `${event.index} ${event.title}`;
			spinner.start(host.redact(title));
			return;
		}
		if (line === undefined) return;
		const wasSpinning = spinner.isSpinning && event.type === 'log';
		spinner.stop();
		host.stderr.write(`${host.redact(line)}\n`);
		if (wasSpinning) spinner.start();
	});
	return {
		close: () => {
			spinner.stop();
			host.listen(undefined);
		},
	};
}

function lineOf(event: HostEvent, flags: GlobalFlags, paint: Paint): string | undefined {
	switch (event.type) {
		case 'log':
			// What a child printed: its escape codes are not ours to pass on.
			if (event.level === 'debug')
				return flags.verbose ? paint.dim(`  ${stripVTControlCharacters(event.message)}`) : undefined;
			return event.level === 'warn' ? `${paint.yellow(SYMBOLS.warn)} ${event.message}` : event.message;
		case 'step':
			return stepLine(event, paint);
		case 'progress':
			return undefined;
		case 'live':
			return event.isNews ? event.line : undefined;
		default:
			return event satisfies never;
	}
}

function stepLine({state, index, total, title, detail, durationMs}: HostEvent & {type: 'step'}, paint: Paint): string {
	const place = placeOf({index, total, title});
	const words = {
		start: `${SYMBOLS.pending} ${place}`,
		done: `${paint.green(SYMBOLS.done)} ${place}`,
		already: `${paint.green(SYMBOLS.done)} ${place} (was done)`,
		failed: `${paint.red(SYMBOLS.failed)} ${place}`,
		undone: `${paint.green(SYMBOLS.done)} ${place}: undone`,
		stopped: `${paint.yellow(SYMBOLS.warn)} ${place}: stopped`,
	}[state];
	const behind = [durationMs === undefined ? undefined : formatDuration(durationMs), detail].filter(
		(part) => part !== undefined,
	);
	return behind.length === 0 ? words : `${words.padEnd(48)} ${paint.dim(behind.join('   '))}`;
}

function placeOf({index, total, title}: {index: number; total: number; title: string}): string {
	return `${String(index).padStart(String(total).length)} ${title}`;
}

function amount({done, total, unit}: HostEvent & {type: 'progress'}): string {
	const count = (value: number) => value.toLocaleString('en-IN');
	if (total === undefined || total === 0) return `${count(done)} ${unit}`;
	return `${count(done)} of ${count(total)} ${unit}   ${Math.floor((100 * done) / total)} %`;
}
