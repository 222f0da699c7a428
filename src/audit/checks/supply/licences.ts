import {makeCheck} from '../../check.js';
import {type LockFile, readLockFile} from '../../facts/lock-file.js';
import type {Finding} from '../../verdict.js';
import {nameOf} from './lock.js';

/** Licences that ask whoever serves or ships the program for its source. */
const COPYLEFT = /\b(?:AGPL|SSPL|GPL-[123]|GPL-?v?[123]|EUPL|OSL|CPAL|RPL)/i;
/** Those of the weaker kind, which a shop may use as they are. */
const WEAK = /\b(?:LGPL|MPL|EPL|CDDL)/i;

export const supplyLicences = makeCheck<LockFile>({
	id: 'deps.licences',
	group: 'supply',
	title: 'No package of production asks for the shop’s own source',
	severity: 'low',
	effect: 'local',
	maxRequests: 0,
	sends: [],
	why: 'The AGPL and its like ask whoever serves the program to hand out all of its source.',
	fix: 'look at what these packages ask for, or take others',
	references: ['SPDX licence list'],
	gather: readLockFile,
	judge: judgeLicences,
});

export function judgeLicences(lock: LockFile): Finding {
	if (lock.kind !== 'npm') return {verdict: 'skip', reason: 'there is no lock file of npm'};
	const shipped = lock.packages.filter(({dev, link}) => dev !== true && link !== true);
	const asking = shipped
		.filter(({license}) => asksForSource(license))
		.map((one) => `${nameOf(one)}: ${String(one.license)}`);
	if (asking.length > 0)
		return {
			verdict: 'warn',
			reason: 'some packages of production have a licence that asks for source',
			evidence: asking,
		};
	return {
		verdict: 'pass',
		reason: `${shipped.length} packages of production, none under a licence that asks for source`,
	};
}

/** With `OR` one may choose, so the mildest counts. */
function asksForSource(license: unknown): boolean {
	if (typeof license !== 'string') return false;
	return license
		.replaceAll(/[()]/g, '')
		.split(/\s+OR\s+/i)
		.every((choice) => COPYLEFT.test(choice) && !WEAK.test(choice));
}
