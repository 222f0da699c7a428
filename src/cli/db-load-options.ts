import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {ArrivalPlan} from '../load/arrivals.js';
import {type LoadObjective, parseObjective} from '../load/objective.js';
import type {LoadChoice} from '../load/open.js';
import type {LoadFlags} from './db-load-flags.js';
import type {Session} from './session.js';

export function choiceOf(
	flags: LoadFlags,
	{host}: Session,
	more: {database?: string | undefined; rate?: number},
): LoadChoice {
	hideSecret(flags.uri, host);
	return {
		uri: flags.uri,
		workload: flags.workload,
		only: flags.only,
		size: {documents: flags.documents, seed: flags.seed},
		database: more.database,
		keeps: flags.keep === true,
		knows: flags.iKnow === true,
		rate: more.rate ?? flags.rate,
	};
}

export function planOf({rate, ramp, warmUp, duration, poisson, seed}: LoadFlags): ArrivalPlan {
	return {
		rate,
		rampMs: ramp,
		warmUpMs: warmUp,
		measureMs: duration,
		spread: poisson === true ? 'poisson' : 'even',
		seed,
	};
}

export function driverOptionsOf({option = []}: LoadFlags): Record<string, number | boolean> {
	return Object.fromEntries(option.map(({name, value}) => [name, value]));
}

/** @throws SastaError USAGE for one that cannot be read */
export function objectivesOf(texts: readonly string[]): LoadObjective[] {
	return texts.map((text) => {
		const objective = parseObjective(text);
		if (objective !== undefined) return objective;
		throw new SastaError('USAGE', `--slo ${text} is no objective`, {
			exitCode: EXIT.usage,
			hint: 'Write such as p95<500ms, checkout.p99<1s or errors<0.1%',
		});
	});
}

/** A password that was typed into a command line is a secret still. */
export function hideSecret(uri: string | undefined, {addSecret}: Session['host']): void {
	const password = /^mongodb(?:\+srv)?:\/\/[^/:@]*:([^/@]*)@/.exec(uri ?? '')?.[1];
	if (password === undefined) return;
	addSecret(password);
	addSecret(decodeURIComponent(password));
}
