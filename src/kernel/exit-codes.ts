/** The one table of exit codes; `--help` and docs/exit-codes.md are made from it. */
export const EXIT = {
	ok: 0,
	no: 1,
	usage: 2,
	inconclusive: 3,
	refused: 4,
	stopped: 5,
	outside: 6,
	bug: 70,
	interrupted: 130,
	terminated: 143,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: readonly {readonly code: ExitCode; readonly meaning: string}[] = [
	{code: EXIT.ok, meaning: 'done, or pass'},
	{code: EXIT.no, meaning: 'the answer is no: findings, breach, canary sent back, verification failed'},
	{code: EXIT.usage, meaning: 'usage or configuration'},
	{code: EXIT.inconclusive, meaning: 'inconclusive: not enough data, or checks that could not run'},
	{code: EXIT.refused, meaning: 'refused: a precondition does not hold; nothing was changed'},
	{code: EXIT.stopped, meaning: 'stopped part-way: a run is open; "resume" or "abort"'},
	{code: EXIT.outside, meaning: 'an outside service failed or refused us; nothing was changed'},
	{code: EXIT.bug, meaning: 'a bug in sastaops'},
	{code: EXIT.interrupted, meaning: 'interrupted (Ctrl-C); the journal is safe'},
	{code: EXIT.terminated, meaning: 'terminated; the journal is safe'},
];
