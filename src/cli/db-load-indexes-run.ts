import type {Answer} from '../kernel/report.js';
import {runIndexes} from '../load/indexes/run.js';
import {liveOf} from '../load/live.js';
import {withLoad} from '../load/open.js';
import {writePage} from './db-load-finish.js';
import type {IndexesFlags} from './db-load-indexes.js';
import {indexesAnswer} from './db-load-indexes-answers.js';
import {choiceOf, driverOptionsOf, planOf} from './db-load-options.js';
import type {Session} from './session.js';

export async function runIndexesCommand(session: Session, flags: IndexesFlags): Promise<Answer> {
	const {host} = session;
	const done = await withLoad(choiceOf(flags, session, {}), await session.loadConfig(), host, (load) =>
		runIndexes(
			load,
			{
				samples: flags.samples,
				builds: flags.build,
				writes: flags.writes,
				plan: planOf(flags),
				workers: flags.workers,
				options: driverOptionsOf(flags),
				onLook: (look) => host.emit(liveOf(look, [])),
			},
			host,
		),
	);
	const answer = indexesAnswer(session.command, done);
	await writePage(flags.html, answer, host);
	return answer;
}
