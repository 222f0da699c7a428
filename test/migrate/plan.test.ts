import {describe, expect, it} from 'vitest';
import type {Catalogue} from '../../src/migrate/catalogue.js';
import {assertNoErrors, planMigrations} from '../../src/migrate/plan.js';
import type {MigrationStatus} from '../../src/migrate/status.js';

function catalogueOf(...ids: string[]): Catalogue {
	return {
		folder: '/shop/migrations',
		migrations: ids.map((id) => ({
			id,
			number: Number.parseInt(id, 10),
			file: `/shop/migrations/${id}.ts`,
			checksum: id,
			code: '',
			migration: {title: id, phase: 'expand', irreversible: 'a test', up: async () => undefined},
		})),
	};
}

function statusOf(id: string, state: MigrationStatus['state'], rest: Partial<MigrationStatus> = {}): MigrationStatus {
	return {
		id,
		title: id,
		phase: 'expand',
		state,
		isMissing: false,
		isChanged: false,
		isResumable: false,
		row: undefined,
		...rest,
	};
}

describe('planMigrations', () => {
	it('leaves out what is applied or marked, and takes back in what was reverted', () => {
		const {pending, problems} = planMigrations(catalogueOf('0001-a', '0002-b', '0003-c', '0004-d'), [
			statusOf('0001-a', 'applied'),
			statusOf('0002-b', 'marked'),
			statusOf('0003-c', 'reverted'),
			statusOf('0004-d', 'pending'),
		]);
		expect(pending.map(({id}) => id)).toEqual(['0003-c', '0004-d']);
		expect(problems).toEqual([]);
	});

	it.each([
		{
			name: 'an interrupted migration',
			catalogue: catalogueOf('0001-a'),
			status: [statusOf('0001-a', 'running')],
			expected: ['dirty error 0001-a'],
		},
		{
			name: 'a failed migration',
			catalogue: catalogueOf('0001-a'),
			status: [statusOf('0001-a', 'failed')],
			expected: ['dirty error 0001-a'],
		},
		{
			name: 'an applied migration whose file is gone',
			catalogue: catalogueOf('0002-b'),
			status: [statusOf('0001-a', 'applied', {isMissing: true}), statusOf('0002-b', 'pending')],
			expected: ['missing error 0001-a'],
		},
		{
			name: 'an applied migration whose file was changed',
			catalogue: catalogueOf('0001-a'),
			status: [statusOf('0001-a', 'applied', {isChanged: true})],
			expected: ['changed error 0001-a'],
		},
		{
			name: 'two files of the same number',
			catalogue: catalogueOf('0001-a', '0001-b'),
			status: [],
			expected: ['duplicate-number error 0001-b'],
		},
		{
			name: 'a hole in the numbers',
			catalogue: catalogueOf('0001-a', '0004-b'),
			status: [],
			expected: ['gap warning 0004-b'],
		},
		{
			name: 'a file older than the newest applied one',
			catalogue: catalogueOf('0001-a', '0002-b', '0003-c'),
			status: [statusOf('0001-a', 'applied'), statusOf('0002-b', 'pending'), statusOf('0003-c', 'applied')],
			expected: ['out-of-order error 0002-b'],
		},
	])('names $name', ({catalogue, status, expected}) => {
		const {problems} = planMigrations(catalogue, status);
		expect(problems.map(({kind, severity, migration}) => `${kind} ${severity} ${migration}`)).toEqual(expected);
	});
});

describe('assertNoErrors', () => {
	const problemsOf = (status: MigrationStatus[]) => planMigrations(catalogueOf('0001-a', '0003-b'), status).problems;

	it('lets warnings pass', () => {
		expect(() => assertNoErrors(problemsOf([]))).not.toThrow();
	});

	it('stops at a dirty state with exit code 5 and the three ways out', () => {
		expect(() => assertNoErrors(problemsOf([statusOf('0001-a', 'failed')]))).toThrow(
			expect.objectContaining({
				code: 'MIGRATION_DIRTY',
				exitCode: 5,
				details: [
					expect.stringContaining('db migrate resume'),
					expect.stringContaining('db migrate mark-applied 0001-a --reason'),
					expect.stringContaining('backup restore'),
				],
			}),
		);
	});

	it('refuses every other error with exit code 4', () => {
		expect(() => assertNoErrors(problemsOf([statusOf('0001-a', 'applied', {isChanged: true})]))).toThrow(
			expect.objectContaining({code: 'MIGRATIONS_REFUSED', exitCode: 4}),
		);
	});
});
