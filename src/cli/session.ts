import type {LoadedConfig} from '../kernel/config/load.js';
import type {ExitCode} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import type {Answer, Block, ExtraFormat} from '../kernel/report.js';
import type {Ask} from './ask.js';

export type OutputFormat = 'text' | 'json' | 'jsonl' | 'markdown' | ExtraFormat;

/** Flags every command takes, before or behind its name. */
export type GlobalFlags = {
	readonly config: string | undefined;
	readonly output: OutputFormat;
	readonly quiet: boolean;
	readonly verbose: boolean;
	readonly yes: boolean;
};

/** What an action is given: everything a command needs from outside its room. */
export type Session = {
	readonly host: Host;
	readonly flags: GlobalFlags;
	/** The command as typed, without `sastaops`. */
	readonly command: string;
	readonly ask: Ask;
	/** Whether there is somebody to ask. */
	readonly canAsk: boolean;
	/** Shows something before the answer, such as the plan a question is about; on stderr, text only. */
	show(document: readonly Block[]): void;
	/** Reads and checks sastaops.yaml once. @throws SastaError CONFIG_INVALID with all problems */
	loadConfig(): Promise<LoadedConfig>;
};

export type Actions = {
	/**
	 * Wraps an action: `work` gets the session and what commander passes (arguments, then the options), and returns the
	 * answer, which is printed the one way and sets the exit code. Errors take the same road.
	 */
	run<Args extends unknown[]>(
		work: (session: Session, ...args: Args) => Promise<Answer>,
		/** Formats of `--output` that its answer has beside the common ones. */
		formats?: readonly ExtraFormat[],
	): (...args: unknown[]) => Promise<void>;
	/** Prints an error that no action caught and gives its exit code. */
	fail(error: unknown, argv: readonly string[]): ExitCode;
};
