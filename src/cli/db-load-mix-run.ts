import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import {writeHdrLog} from '../load/hdr-log.js';
import {liveOf} from '../load/live.js';
import {type Mix, type MixTerms, runMix, searchBreak} from '../load/mix.js';
import {withLoad} from '../load/open.js';
import {withShardedLoad} from '../load/shard.js';
import type {MixFlags} from './db-load.js';
import {breakAnswer, mixAnswer} from './db-load-answers.js';
import {writePage, writeResult} from './db-load-finish.js';
import {choiceOf, driverOptionsOf, objectivesOf, planOf} from './db-load-options.js';
import type {Session} from './session.js';

/** What has to hold where nobody says: without it a load whose every operation failed would be a success. */
const DEFAULT_OBJECTIVES = ['errors<1%'];

export async function runMixCommand(session: Session, flags: MixFlags): Promise<Answer> {
	const {host} = session;
	const objectives = objectivesOf(flags.slo ?? DEFAULT_OBJECTIVES);
	assertFitting(flags);
	const terms: MixTerms = {
		plan: planOf(flags),
		workers: flags.workers,
		options: driverOptionsOf(flags),
		objectives,
		...(flags.shard === undefined ? {} : {shard: flags.shard}),
		...(flags.startAt === undefined ? {} : {startAtMs: flags.startAt}),
		onLook: (look) => host.emit(liveOf(look, objectives)),
	};
	const choice = choiceOf(flags, session, {database: flags.database});
	const loaded = await session.loadConfig();
	if (flags.untilBreak === true) {
		const done = await withLoad(choice, loaded, host, (load) => searchBreak(load, terms, host));
		return finish(session, flags, breakAnswer(session.command, done), undefined);
	}
	const work = (load: Parameters<Parameters<typeof withLoad>[3]>[0]) => runMix(load, terms, host);
	const done =
		flags.shard === undefined
			? await withLoad(choice, loaded, host, work)
			: await withShardedLoad({...choice, shard: flags.shard, startAtMs: flags.startAt ?? 0}, loaded, host, work);
	return finish(session, flags, mixAnswer(session.command, done), done.answer);
}

function assertFitting({shard, database, startAt, untilBreak, slo}: MixFlags): void {
	const wrong =
		shard !== undefined && (database === undefined || startAt === undefined)
			? '--shard needs --database and --start-at, the same ones on every machine'
			: shard !== undefined && untilBreak === true
				? '--until-break is for one machine: the search needs to know what all have seen'
				: untilBreak === true && slo === undefined
					? '--until-break needs --slo, such as --slo "p95<200ms"'
					: undefined;
	if (wrong !== undefined)
		throw new SastaError('USAGE', wrong, {exitCode: EXIT.usage, hint: 'See: sastaops db-load mix --help'});
}

async function finish({host}: Session, {html, hdr}: MixFlags, answer: Answer, mix: Mix | undefined): Promise<Answer> {
	if (hdr !== undefined && mix !== undefined) {
		const {result, responses} = mix.run;
		const fromMs = result.startedAtMs;
		const log = writeHdrLog(
			result.operations.map(({name}, index) => ({tag: name, counts: responses[index] as Float64Array})),
			{fromMs, toMs: fromMs + result.measuredMs},
		);
		await writeResult(hdr, log, host);
	}
	await writePage(html, answer, host);
	return answer;
}
