import type {Fault} from './fault.js';

/** A stream of text to the outside; writes never throw on a closed pipe. */
export type Output = {
	readonly isTTY: boolean;
	readonly columns: number;
	write(text: string): void;
};

/** What a room says while it works. The CLI turns it into lines, a live view or JSON lines on stderr. */
export type HostEvent =
	| {readonly type: 'log'; readonly level: 'info' | 'warn' | 'debug'; readonly message: string}
	| {
			readonly type: 'step';
			readonly name: string;
			readonly title: string;
			readonly state: 'start' | 'done' | 'already' | 'failed' | 'stopped' | 'undone';
			/** From 1. */
			readonly index: number;
			readonly total: number;
			readonly detail?: string;
			readonly durationMs?: number;
	  }
	| {readonly type: 'progress'; readonly done: number; readonly total?: number; readonly unit: string}
	/** Something that is watched for long: a screen for a terminal, a line for a log, data for a machine. */
	| {
			readonly type: 'live';
			readonly screen: readonly string[];
			readonly line: string;
			/** Something has changed; other lines are printed now and then only. */
			readonly isNews: boolean;
			readonly data: object;
	  };

/** Everything outside the process. Built once, in cli/main.ts; nobody else touches `process`, `console` or `Date`. */
export type Host = {
	readonly cwd: string;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly platform: NodeJS.Platform;
	readonly hostname: string;
	readonly pid: number;
	/** Milliseconds since the epoch. */
	now(): number;
	/** Milliseconds on a clock that never jumps; only differences mean anything. */
	monotonicMs(): number;
	/** Rejects with the signal's reason when aborted. */
	sleep(ms: number, signal?: AbortSignal): Promise<void>;
	/** Hex digits from a secure source. */
	randomHex(bytes: number): string;
	/** Aborted by the first Ctrl-C or SIGTERM: finish what must not be cut, then stop. */
	readonly signal: AbortSignal;
	readonly stdout: Output;
	readonly stderr: Output;
	readonly stdin: {readonly isTTY: boolean};
	emit(event: HostEvent): void;
	/** Adds a secret to the values no sink may ever show. Empty and very short values are ignored. */
	addSecret(value: string): void;
	redact(text: string): string;
	/** Passes a named point; does nothing outside tests. */
	readonly fault: Fault;
};
