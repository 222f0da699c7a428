import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openMaintenanceCommands, openMaintenanceSwitch} from '../../src/ports/maintenance.js';
import {temporaryFolder} from '../support/folder.js';
import {makeTestHost} from '../support/host.js';
import {freshDatabase} from '../support/mongo.js';

async function openSwitch() {
	const database = await freshDatabase();
	onTestFinished(database.drop);
	const waits: number[] = [];
	const db = database.mongo.db(database.name);
	const host = makeTestHost({sleep: async (ms) => void waits.push(ms)});
	const document = () => db.collection<{_id: string}>('sastaops_control').findOne({_id: 'maintenance'});
	return {maintenance: openMaintenanceSwitch(db, host), document, waits};
}

describe('the shop’s maintenance switch', () => {
	it('says who turned it on and why, and waits until every instance has heard', async () => {
		const {maintenance, document, waits} = await openSwitch();
		expect(await maintenance.isOn('run-1')).toBe(false);
		await maintenance.on('run-1', 'rollback to 1.0.0');
		expect(await document()).toMatchObject({on: true, run: 'run-1', reason: 'rollback to 1.0.0'});
		expect(waits).toEqual([2000]);
		expect(await maintenance.isOn('run-1')).toBe(true);
		await maintenance.off('run-1');
		expect(await document()).toMatchObject({on: false});
	});

	it('is never turned off for another run', async () => {
		const {maintenance, document} = await openSwitch();
		await maintenance.on('run-1', 'rollback');
		expect(await maintenance.isOn('run-2')).toBe(false);
		await maintenance.off('run-2');
		expect(await document()).toMatchObject({on: true, run: 'run-1'});
	});
});

describe('maintenance by commands', () => {
	it('runs the user’s own, and cannot tell whether it is on', async () => {
		const root = await temporaryFolder();
		const maintenance = openMaintenanceCommands(
			{on: ['sh', '-c', 'echo on >> log'], off: {run: 'echo off >> log', shell: true, timeout: '5s'}},
			root,
			makeTestHost(),
		);
		await maintenance.on('run', 'why');
		await maintenance.off('run');
		expect(await readFile(join(root, 'log'), 'utf8')).toBe('on\noff\n');
		expect(await maintenance.isOn('run')).toBe('unknown');
	});

	it('stops the run when they fail', async () => {
		const maintenance = openMaintenanceCommands({on: 'false', off: 'true'}, process.cwd(), makeTestHost());
		await expect(maintenance.on('run', 'why')).rejects.toMatchObject({code: 'MAINTENANCE_FAILED', exitCode: 5});
	});
});
