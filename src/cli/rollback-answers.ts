import {formatBytes} from '../kernel/duration.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer, Block} from '../kernel/report.js';
import type {RollbackPlan} from '../release/rollback/plan.js';
import type {RollbackResult} from '../release/rollback/rollback.js';
import type {WritesSince} from '../release/rollback/writes-since.js';

/** A rollback as people read it: code, data, what is lost. */
export function rollbackBlocks(plan: RollbackPlan, writes: WritesSince | undefined): Block[] {
	const from = plan.releases[0]?.version;
	return [
		{
			kind: 'title',
			text: `Roll back ${plan.environment}${from === undefined ? '' : ` from ${from}`} to ${plan.version}`,
		},
		{
			kind: 'facts',
			facts: [
				[
					'code',
					plan.deploy
						? `${plan.deploy.title} with ${plan.target.tag}`
						: 'nothing is deployed: bring the old version up yourself',
				],
				...dataFacts(plan),
				...lossFacts(plan, writes),
			],
		},
		...(writes && writes.orders.length > 0 ? [orderBlock(writes)] : []),
	];
}

export function rollbackAnswer(command: string, {outcome, plan, writes}: RollbackResult): Answer {
	if (outcome === 'completed') return rolledBackAnswer(command, plan, writes);
	const next = `sastaops release rollback ${plan.version}`;
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: outcome === 'planned' ? EXIT.ok : EXIT.refused,
			data: {outcome, version: plan.version, plan, writes: writes ?? null},
			next,
		},
		document: [
			...(outcome === 'planned' ? rollbackBlocks(plan, writes) : []),
			{kind: 'text', text: 'Nothing was changed.'},
			{kind: 'next', steps: [{label: 'To do it', command: next}]},
		],
	};
}

export function rolledBackAnswer(command: string, plan: RollbackPlan, writes: WritesSince | undefined): Answer {
	const next = plan.data ? `sastaops backup verify ${plan.data.safetyBackup}` : 'sastaops release status';
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {outcome: 'completed', version: plan.version, run: plan.run, data: plan.data, writes: writes ?? null},
			next,
		},
		document: [
			{
				kind: 'items',
				items: [
					{
						mark: 'done',
						text: plan.deploy
							? `${plan.environment} runs ${plan.version} again`
							: `the rollback to ${plan.version} is done; nothing was deployed`,
					},
					plan.data
						? {
								mark: 'done',
								text: `the data is that of ${plan.data.backupAt}`,
								lines: [
									`what was written since is in .sastaops/rollbacks/${plan.run}`,
									`all that was live before is in the backup ${plan.data.safetyBackup}`,
								],
							}
						: {mark: 'done', text: 'the data was left as it is'},
				],
			},
			{
				kind: 'next',
				steps: [
					{label: 'Next', command: next},
					...(plan.data && plan.releases[0]
						? [
								{
									label: 'Undo this rollback',
									command: `sastaops release rollback ${plan.releases[0].version} --data restore --backup ${plan.data.safetyBackup}`,
								},
							]
						: []),
				],
			},
		],
	};
}

function dataFacts({data, migrationsSince, version}: RollbackPlan): [string, string][] {
	if (data)
		return [
			[
				'data',
				`restore the backup ${data.backup} of ${data.backupAt} (${formatBytes(data.estimatedBytes)}); the shop is read-only meanwhile`,
			],
		];
	const ids = migrationsSince.map(({id}) => id).join(', ');
	return [
		[
			'data',
			migrationsSince.length === 0
				? 'not needed: no migration was applied since'
				: `not needed: ${ids} can be read by ${version}`,
		],
	];
}

function lossFacts({data, run}: RollbackPlan, writes: WritesSince | undefined): [string, string][] {
	if (!data) return [['lost', 'nothing']];
	if (!writes || writes.collections.length === 0) return [['lost', 'nothing written since was found']];
	const all = writes.collections
		.map(({name, documents}) => `${documents.toLocaleString('en-IN')} in ${name}`)
		.join(', ');
	const orders =
		writes.orderCount === 0
			? ''
			: `${writes.orderCount.toLocaleString('en-IN')} orders${writes.totalPaise === undefined ? '' : `, ${rupees(writes.totalPaise)}`}; `;
	return [
		['lost', `${orders}documents written since: ${all}`],
		['', `exported to .sastaops/rollbacks/${run} before anything moves; refunds are yours to decide`],
	];
}

function orderBlock({orders, orderCount}: WritesSince): Block {
	return {
		kind: 'table',
		heading:
			orderCount > orders.length
				? `The newest ${orders.length} of ${orderCount} orders that would be lost`
				: 'Orders that would be lost',
		columns: [{header: 'order'}, {header: 'at'}, {header: 'total', align: 'right'}, {header: 'status'}],
		rows: orders.map(({id, at, totalPaise, status}) => [
			id,
			at ?? '',
			totalPaise === undefined ? '' : rupees(totalPaise),
			status ?? '',
		]),
	};
}

function rupees(paise: number): string {
	return `₹ ${(paise / 100).toLocaleString('en-IN', {minimumFractionDigits: 2})}`;
}
