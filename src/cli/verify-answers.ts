import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import type {ListedRelease} from '../release/list.js';
import type {VerifyReleaseResult} from '../release/verify.js';

export function verifyAnswer(command: string, {version, tag, checks, verdict}: VerifyReleaseResult): Answer {
	const marks = {pass: 'done', fail: 'failed', warn: 'warn', inconclusive: 'unknown', skip: 'pending'} as const;
	const words = {
		pass: 'proved',
		warn: 'proved, with remarks',
		fail: 'not what it says',
		inconclusive: 'not proved: not everything could be looked at',
		skip: 'nothing to prove',
	};
	const exitCode = verdict === 'fail' ? EXIT.no : verdict === 'inconclusive' ? EXIT.inconclusive : EXIT.ok;
	return {
		report: {command, verdict, exitCode, data: {version, tag, checks}},
		document: [
			{kind: 'title', text: `${tag}: ${words[verdict]}`},
			{
				kind: 'items',
				items: checks.map(({title, evidence, mend, verdict: one}) => ({
					mark: marks[one],
					text: title,
					...(evidence.length === 0 ? {} : {detail: evidence.join('; ')}),
					...(mend === undefined ? {} : {lines: [`mend: ${mend}`]}),
				})),
			},
		],
	};
}

export function listAnswer(command: string, releases: readonly ListedRelease[]): Answer {
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {releases}},
		document: [
			releases.length === 0
				? {kind: 'text', text: 'No release was made yet.'}
				: {
						kind: 'table',
						columns: [{header: 'version'}, {header: 'commit'}, {header: 'backup before it'}, {header: 'migrations'}],
						rows: releases.map(({version, commit, backup, run, migrations}) => [
							version,
							commit.slice(0, 7),
							backup ?? (run === undefined ? 'not by sastaops' : 'not here'),
							migrations.join(', ') || '–',
						]),
					},
			{
				kind: 'next',
				steps: [{label: 'Prove one', command: `sastaops release verify ${releases[0]?.version ?? '<version>'}`}],
			},
		],
	};
}
