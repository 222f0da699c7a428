import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Item} from '../kernel/report.js';
import type {AbortResult} from '../release/abort.js';

export function abortAnswer(command: string, result: AbortResult): Answer {
	switch (result.kind) {
		case 'nothing':
			return {
				report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {outcome: 'nothing'}},
				document: [{kind: 'text', text: 'No run is open: nothing to do.'}],
			};
		case 'declined':
			return {
				report: {
					command,
					verdict: 'pass',
					exitCode: EXIT.stopped,
					data: {outcome: 'declined', run: result.plan.run},
					next: 'sastaops release status',
				},
				document: [{kind: 'text', text: 'Nothing was changed; the run is still open.'}],
			};
		case 'aborted': {
			const next = `sastaops release ${result.plan.kind === 'release' ? 'create' : 'rollback'} ${result.plan.version} --dry-run`;
			const items: Item[] = [
				...result.undone.map(({what}): Item => ({mark: 'done', text: what})),
				...result.kept.map((text): Item => ({mark: 'warn', text})),
			];
			return {
				report: {
					command,
					verdict: 'pass',
					exitCode: EXIT.ok,
					data: {
						outcome: 'aborted',
						run: result.plan.run,
						version: result.plan.version,
						undone: result.undone,
						kept: result.kept,
					},
					next,
				},
				document: [
					{
						kind: 'items',
						heading: `The ${result.plan.kind} of ${result.plan.version} is taken back`,
						items: items.length > 0 ? items : [{mark: 'none', text: 'nothing had been done'}],
					},
					{kind: 'next', steps: [{label: 'Next', command: next}]},
				],
			};
		}
		default:
			return result satisfies never;
	}
}
