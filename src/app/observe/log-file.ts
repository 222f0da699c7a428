import {createStream, type RotatingFileStream} from 'rotating-file-stream';
import {errorMessage} from '../../kernel/errors.js';

export type LogFile = {
	/** Never throws and never waits. */
	write(line: string): void;
	/** Resolves when what was written is in the file, or cannot be. */
	close(): Promise<void>;
};

/** A day's file, or twenty megabytes; two weeks of them. */
const ROTATION = {size: '20M', interval: '1d', maxFiles: 14} as const;

/** A disk that hangs must not fill the memory. */
const MOST_BUFFERED_BYTES = 4 * 1024 * 1024;
const TRY_AGAIN_MS = 60_000;

/**
 * A log file with rotation. When it cannot be written (a full disk, a folder that may not be made) it is told once, and
 * tried again each minute: lines in between are lost here, and the shop goes on. So are those that a slow disk leaves
 * behind.
 */
export function openLogFile(
	{folder, name}: {readonly folder: string; readonly name: string},
	host: {monotonicMs(): number},
	onTrouble: (message: string) => void,
): LogFile {
	let stream: RotatingFileStream | undefined;
	let isTroubled = false;
	let isBehind = false;
	let tryAgainMs = Number.NEGATIVE_INFINITY;

	const giveUp = (error: unknown) => {
		stream?.destroy();
		stream = undefined;
		tryAgainMs = host.monotonicMs() + TRY_AGAIN_MS;
		if (!isTroubled) onTrouble(`The log ${folder}/${name} cannot be written: ${errorMessage(error)}`);
		isTroubled = true;
	};
	const open = () => {
		try {
			const opened = createStream(name, {path: folder, ...ROTATION, history: `${name}.history`});
			opened.on('error', (error) => opened === stream && giveUp(error));
			stream = opened;
		} catch (error) {
			giveUp(error);
		}
	};
	open();
	return {
		write(line) {
			if (stream === undefined && host.monotonicMs() >= tryAgainMs) open();
			if (stream === undefined) return;
			if (stream.writableLength > MOST_BUFFERED_BYTES) {
				if (!isBehind) onTrouble(`The log ${folder}/${name} falls behind: lines are lost`);
				isBehind = true;
				return;
			}
			if (stream.writableLength === 0) isBehind = false;
			stream.write(line, (error) => {
				if (!error) isTroubled = false;
			});
		},
		close() {
			const closing = stream;
			if (closing === undefined) return Promise.resolve();
			return new Promise((resolve) => {
				closing.once('error', () => resolve());
				closing.end(() => resolve());
			});
		},
	};
}
