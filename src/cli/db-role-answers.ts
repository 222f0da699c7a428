import {isAtlas} from '../database/address.js';
import type {CheckContext} from '../database/check.js';
import {isTheShops} from '../database/checks/privileges.js';
import {atlasLines, leastUsers, mongoshLines} from '../database/least-roles.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Answer} from '../kernel/report.js';

/** The commands that make users with no more rights than they need, for the collections declared and found. */
export async function roleAnswer(command: string, context: CheckContext): Promise<Answer> {
	const {config, uri} = context;
	const listed = await context.collections();
	const found = 'value' in listed ? listed.value.map(({name}) => name).filter(isTheShops) : [];
	const collections = [...new Set([...Object.keys(config.indexes), ...found])].sort();
	const users = leastUsers({database: config.name, stateDatabase: config.state.name, collections});
	const isOnAtlas = isAtlas(uri);
	const lines = isOnAtlas ? atlasLines(users) : mongoshLines(users);
	return {
		report: {
			command,
			verdict: 'pass',
			exitCode: EXIT.ok,
			data: {database: config.name, isAtlas: isOnAtlas, collections, users, commands: lines},
		},
		document: [
			{
				kind: 'title',
				text: `${isOnAtlas ? '#' : '//'} Users of ${config.name} with no more rights than they need`,
			},
			...('unavailable' in listed
				? [
						{
							kind: 'text' as const,
							text: `${isOnAtlas ? '#' : '//'} which collections there are is not told: the declared ones`,
						},
					]
				: []),
			{
				kind: 'text',
				text: isOnAtlas
					? '# Atlas makes roles by its page "Database Access", its API, or its command line:'
					: '// For mongosh, as somebody who may make users. Each password is asked for.',
			},
			{kind: 'text', text: lines.join('\n')},
		],
	};
}
