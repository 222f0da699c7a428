import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';
import {isScenarioName, SCENARIO_NAMES, type ScenarioName} from '../load/timeouts/names.js';
import {makeReport} from '../load/timeouts/report.js';
import {tryTimeouts} from '../load/timeouts/run.js';
import {configuredUri} from './db-load-clean-run.js';
import {hideSecret} from './db-load-options.js';
import type {TimeoutsFlags} from './db-load-timeouts.js';
import {timeoutsAnswer} from './db-load-timeouts-answers.js';
import type {Session} from './session.js';

export async function runTimeoutsCommand(session: Session, flags: TimeoutsFlags): Promise<Answer> {
	const {host, command} = session;
	hideSecret(flags.uri, host);
	const only = readNames(flags.only);
	const uri = flags.uri ?? (await configuredUri(session));
	const choice = {uri, options: flags.option ?? [], only, patienceMs: flags.patience, knows: flags.iKnow === true};
	const facts = await tryTimeouts(choice, host);
	return timeoutsAnswer(command, makeReport(facts, flags.patience));
}

function readNames(given: readonly string[] | undefined): readonly ScenarioName[] {
	if (given === undefined) return SCENARIO_NAMES;
	const unknown = given.find((name) => !isScenarioName(name));
	if (unknown === undefined) return SCENARIO_NAMES.filter((name) => given.includes(name));
	throw new SastaError('USAGE', `--only ${unknown} is not a scenario`, {
		exitCode: EXIT.usage,
		hint: `Choose among ${SCENARIO_NAMES.join(', ')}`,
	});
}
