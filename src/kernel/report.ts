import type {SastaError} from './errors.js';
import {EXIT, type ExitCode} from './exit-codes.js';

export type Verdict = 'pass' | 'warn' | 'fail' | 'skip' | 'inconclusive';

/** The typed answer of a command: what `--json` prints, beside `schemaVersion`. */
export type Report<Data extends object = object> = {
	/** As typed, without `sastaops`: `release create`. */
	readonly command: string;
	readonly verdict: Verdict;
	readonly exitCode: ExitCode;
	/** The one next command to type, where there is one. */
	readonly next?: string;
	readonly data: Data;
};

/** ✔ done, ✖ failed, ! warn, ? inconclusive, · pending; `none` leaves the place empty. */
export type Mark = 'done' | 'failed' | 'warn' | 'unknown' | 'pending' | 'none';

export type Item = {
	readonly mark: Mark;
	readonly text: string;
	/** Stands behind the text, after a gap. */
	readonly detail?: string;
	/** Further lines, indented below. */
	readonly lines?: readonly string[];
};

export type Column = {readonly header: string; readonly align?: 'left' | 'right'};

/** What a person reads, free of any medium; renderers turn it into text, Markdown or HTML. */
export type Block =
	| {readonly kind: 'title'; readonly text: string; readonly note?: string}
	| {readonly kind: 'text'; readonly text: string}
	| {readonly kind: 'items'; readonly heading?: string; readonly items: readonly Item[]}
	| {
			readonly kind: 'facts';
			readonly heading?: string;
			readonly facts: readonly (readonly [label: string, value: string])[];
	  }
	| {
			readonly kind: 'table';
			readonly heading?: string;
			readonly columns: readonly Column[];
			readonly rows: readonly (readonly string[])[];
	  }
	/** Labelled commands, one of them the next to type. */
	| {
			readonly kind: 'next';
			readonly steps: readonly {readonly label: string; readonly command: string; readonly note?: string}[];
	  };

/** Formats that only some commands have an answer in. */
export type ExtraFormat = 'html' | 'junit' | 'sarif' | 'github';

/** What a command's action returns. */
export type Answer = {
	readonly report: Report;
	readonly document: readonly Block[];
	/** How the answer is written in the formats that are not every command's; loaded when asked for. */
	readonly extra?: Readonly<Partial<Record<ExtraFormat, () => Promise<string>>>>;
};

/** The one JSON document of `--json`. */
export function reportJson(report: Report): string {
	const {command, verdict, exitCode, next, data} = report;
	return JSON.stringify(
		{schemaVersion: 1, command, verdict, exitCode, ...data, ...(next === undefined ? {} : {next})},
		null,
		'\t',
	);
}

/** The one JSON document of `--json` when the command failed. */
export function errorJson(command: string, error: SastaError): string {
	return JSON.stringify(
		{
			schemaVersion: 1,
			command,
			verdict: error.exitCode === EXIT.inconclusive ? 'inconclusive' : 'fail',
			exitCode: error.exitCode,
			error: {
				code: error.code,
				message: error.message,
				...(error.details.length > 0 ? {details: error.details} : {}),
				...(error.hint === undefined ? {} : {hint: error.hint}),
			},
		},
		null,
		'\t',
	);
}
