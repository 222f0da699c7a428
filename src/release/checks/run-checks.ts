import {basename} from 'node:path';
import {formatDuration} from '../../kernel/duration.js';
import {unknownPlaceholders} from '../notes/write.js';
import {fail, PASS, type PreflightCheck, skip, warn} from './check.js';

export const RUN_CHECKS: readonly PreflightCheck[] = [
	{
		id: 'run.open',
		title: 'No other run is open',
		judge({openRun, openRunError}) {
			if (openRunError) return fail(openRunError.message, openRunError.hint);
			return openRun
				? fail(`${openRun.run} was begun and never ended`, 'sastaops release status, then resume or abort')
				: PASS;
		},
	},
	{
		id: 'run.lease',
		title: 'The lease is free',
		judge({holder}) {
			if (!holder) return PASS;
			const {command, host, pid} = holder;
			return fail(`"${command}" on ${host} (pid ${pid}) is at work`, 'Wait for it: sastaops release status');
		},
	},
	{
		id: 'notes.template',
		title: 'The notes template can be filled',
		judge({notesTemplate}) {
			if (!notesTemplate) return skip('release.notesTemplate is not set; the built-in one is used');
			if (notesTemplate.text === undefined)
				return fail(`${notesTemplate.file} cannot be read`, 'Mend release.notesTemplate');
			const unknown = unknownPlaceholders(notesTemplate.text);
			return unknown.length === 0
				? PASS
				: fail(`it has placeholders nobody fills: ${unknown.join(', ')}`, `Mend ${notesTemplate.file}`);
		},
	},
	{
		id: 'release.assets',
		title: 'The files to attach exist',
		judge({assets}) {
			if (assets.length === 0) return skip('release.assets is empty');
			const missing = assets.filter(({files}) => files.length === 0);
			if (missing.length > 0)
				return fail(
					missing.map(({pattern}) => `no file matches ${pattern}`),
					'Build them first, or mend release.assets',
				);
			const paths = new Set(assets.flatMap(({files}) => files.map(({path}) => path)));
			const names = [...paths].map((path) => basename(path));
			const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
			if (twice.length > 0)
				return fail(
					twice.map((name) => `several files are called ${name}; GitHub keeps one of each name`),
					'Mend release.assets',
				);
			const tooLarge = assets.flatMap(({files}) => files).filter(({bytes}) => bytes >= 2 ** 31);
			return tooLarge.length === 0
				? PASS
				: fail(tooLarge.map(({path}) => `${path} is 2 GiB or more, which GitHub refuses`));
		},
	},
	{
		id: 'release.checks',
		title: 'The configured checks succeed',
		judge({commands}) {
			if (commands.length === 0)
				return skip('release.checks is empty; "npm test" there keeps a broken commit from being released');
			const failed = commands.filter(({exitCode}) => exitCode !== 0);
			if (failed.length === 0)
				return {
					verdict: 'pass',
					evidence: commands.map(({title, durationMs}) => `${title} (${formatDuration(durationMs)})`),
				};
			return fail(
				failed.flatMap(({title, exitCode, timedOut, words}) => [
					`${title}: ${timedOut ? 'did not end in time' : `exit code ${exitCode}`}`,
					...words,
				]),
			);
		},
	},
	{
		id: 'shop.health',
		title: 'Production answers now',
		judge({health}, {shop}) {
			if (health === undefined)
				return skip(
					shop.url === undefined
						? 'shop.url is not set; with it, a release waits until the new version answers'
						: 'nothing is deployed',
				);
			return health.isHealthy
				? {verdict: 'pass', evidence: [health.words]}
				: warn(`it is not healthy before the release either: ${health.words}`);
		},
	},
];
