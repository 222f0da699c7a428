import {type DestinationStream, type Logger, pino} from 'pino';
import type {Settings} from '../settings.js';
import type {ShopHost} from '../shop.js';
import {type LogFile, openLogFile} from './log-file.js';
import {scrub, scrubText} from './scrub.js';

export type Log = {
	/** Undefined where nobody reads it. */
	readonly logger: Logger | undefined;
	close(): Promise<void>;
};

const ERROR_LEVEL = 50;

/**
 * The shop's log: a JSON line for each request and each thing worth knowing, to a sink of the caller's and, where
 * LOG_FOLDER is set, to `combined.log` and `error.log` in it. No line holds a secret: objects are scrubbed by their
 * names, and each line by the values that the host knows.
 */
export function openLog(settings: Settings, sink: ((line: string) => void) | undefined, host: ShopHost): Log {
	const files = openFiles(settings, host);
	if ((sink === undefined && files === undefined) || settings.LOG_LEVEL === 'silent')
		return {logger: undefined, close: async () => undefined};

	// pino tells the level of the line it is about to write by setting `lastLevel`.
	const destination: DestinationStream & {lastLevel: number} = {
		lastLevel: 0,
		write(raw) {
			const line = host.redact(raw);
			sink?.(line);
			files?.combined.write(line);
			if (this.lastLevel >= ERROR_LEVEL) files?.error.write(line);
		},
	};
	const logger = pino(
		{
			level: settings.LOG_LEVEL,
			base: {version: settings.SHOP_VERSION, environment: settings.SHOP_ENV},
			// Errors come scrubbed already, as plain data.
			serializers: {err: (error: unknown) => error},
			formatters: {log: (object) => scrub(object, host.redact) as Record<string, unknown>},
			hooks: {
				// A message is a text like any other: an error's may quote what a client sent.
				logMethod(args, method) {
					const clean = args.map((part) => (typeof part === 'string' ? scrubText(part, host.redact) : part));
					method.apply(this, clean as typeof args);
				},
			},
		},
		Object.assign(destination, {[pino.symbols.needsMetadataGsym]: true}),
	);
	return {
		logger,
		async close() {
			await Promise.all([files?.combined.close(), files?.error.close()]);
		},
	};
}

type Files = {readonly combined: LogFile; readonly error: LogFile};

function openFiles({LOG_FOLDER: folder, NODE_APP_INSTANCE: worker}: Settings, host: ShopHost): Files | undefined {
	if (folder === undefined) return undefined;
	// Workers of a cluster must not rotate one file together.
	const suffix = worker === undefined || worker === 0 ? '' : `-${worker}`;
	const open = (kind: string) =>
		openLogFile({folder, name: `${kind}${suffix}.log`}, host, (message) => host.stderr.write(`${message}\n`));
	return {combined: open('combined'), error: open('error')};
}
