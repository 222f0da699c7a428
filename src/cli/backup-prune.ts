import type {PrunePlan} from '../backup/retention.js';
import {formatBytes} from '../kernel/duration.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import {renderText} from '../kernel/render-text.js';
import type {Answer, Block} from '../kernel/report.js';
import type {Session} from './session.js';

/** `backup prune`: the plan, the question, the removal. */
export async function pruneBackups(session: Session, {dryRun = false}: {dryRun?: boolean}): Promise<Answer> {
	const [{backupSettings}, {listManifests, removeBackup}, {neededByReleases, planPrune}] = await Promise.all([
		import('../backup/open.js'),
		import('../backup/store.js'),
		import('../backup/retention.js'),
	]);
	const {host, flags, ask} = session;
	const {store, keep} = backupSettings(await session.loadConfig());
	const manifests = await listManifests(store);
	const plan = planPrune(manifests, keep, neededByReleases(manifests, keep.last), host.now());
	if (!dryRun && plan.remove.length > 0) {
		if (!flags.yes) {
			host.stderr.write(`${renderText(planBlocks(plan))}\n`);
			const isSure = await ask({text: `Remove ${plan.remove.length} backups?`, flag: '--yes'});
			if (!isSure) throw new SastaError('DECLINED', 'Not confirmed: nothing was removed');
		}
		for (const {id} of plan.remove) await removeBackup(store, id);
	}
	return answer(session, plan, dryRun);
}

function answer({command}: Session, plan: PrunePlan, dryRun: boolean): Answer {
	const removed = plan.remove.map(({id}) => id);
	const outcome = dryRun ? 'Nothing was removed (--dry-run)' : `${removed.length} removed, ${plan.keep.length} kept`;
	return {
		report: {command, verdict: 'pass', exitCode: EXIT.ok, data: {dryRun, keep: plan.keep, remove: removed}},
		document: [...planBlocks(plan), {kind: 'text', text: outcome}],
	};
}

function planBlocks({keep, remove}: PrunePlan): Block[] {
	const bytes = remove.reduce((sum, {archive}) => sum + archive.bytes, 0);
	return [
		{
			kind: 'items',
			heading: 'Kept',
			items: keep.map(({id, reasons}) => ({mark: 'none', text: id, detail: reasons.join(', ')})),
		},
		{
			kind: 'items',
			heading: `Removed (${formatBytes(bytes)})`,
			items: remove.map(({id, archive}) => ({mark: 'none', text: id, detail: formatBytes(archive.bytes)})),
		},
	];
}
