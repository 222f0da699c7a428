import {makeCheck} from '../../check.js';
import type {AuditContext} from '../../context.js';
import {landingPage} from '../../facts/landing-page.js';
import {isHtml} from '../../facts/target-page.js';
import type {Finding} from '../../verdict.js';

export type RobotsFacts = {
	/** Undefined where there is none. */
	readonly text: string | undefined;
	/** Whether the target has a page that could be found by a search. */
	readonly hasPage: boolean;
};

export const contentRobots = makeCheck<RobotsFacts>({
	id: 'content.robots',
	group: 'content',
	title: 'robots.txt hides no door and shuts out no search engine',
	severity: 'info',
	effect: 'passive',
	maxRequests: 5,
	sends: ['GET of /robots.txt'],
	why: 'What it forbids, it names to everybody; and one left over from staging takes the shop out of every search.',
	fix: 'leave private paths out of it (a log-in keeps them, not robots.txt), and allow / for all in production',
	references: ['RFC 9309', 'OWASP WSTG-INFO-03'],
	async gather(context) {
		return {text: await robotsOf(context), hasPage: (await landingPage(context)) !== undefined};
	},
	judge: judgeRobots,
});

async function robotsOf({site}: AuditContext): Promise<string | undefined> {
	const answer = await site.page('/robots.txt');
	return answer.status === 200 && !isHtml(answer) ? answer.body.toString('utf8') : undefined;
}

type Group = {readonly agents: string[]; readonly allowed: string[]; readonly disallowed: string[]};

export function judgeRobots({text, hasPage}: RobotsFacts): readonly Finding[] {
	if (text === undefined) return [{verdict: 'pass', reason: 'there is none: everything may be searched'}];
	const groups = readGroups(text);
	const findings: Finding[] = [];
	const all = groups.filter(({agents}) => agents.includes('*'));
	if (hasPage && all.some(({allowed, disallowed}) => disallowed.includes('/') && !allowed.includes('/')))
		findings.push({verdict: 'warn', subject: 'Disallow: /', reason: 'it shuts every search engine out of the shop'});
	const doors = new Set(
		groups.flatMap(({disallowed}) => disallowed.filter((path) => /^\/(?:admin|backup)/i.test(path))),
	);
	for (const path of doors) findings.push({verdict: 'warn', subject: path, reason: `it tells everybody of ${path}`});
	return findings.length > 0 ? findings : [{verdict: 'pass', reason: 'it hides no door and shuts nobody out'}];
}

function readGroups(text: string): Group[] {
	const groups: Group[] = [];
	let isNaming = false;
	for (const line of text.replace(/^\ufeff/, '').split(/\r?\n/)) {
		const [, key = '', said = ''] = /^\s{0,20}([A-Za-z-]{1,20})\s{0,20}:([^#]*)/.exec(line) ?? [];
		const value = said.trim();
		switch (key.toLowerCase()) {
			case 'user-agent':
				if (!isNaming) groups.push({agents: [], allowed: [], disallowed: []});
				groups.at(-1)?.agents.push(value);
				isNaming = true;
				break;
			case 'allow':
				groups.at(-1)?.allowed.push(value);
				isNaming = false;
				break;
			case 'disallow':
				groups.at(-1)?.disallowed.push(value);
				isNaming = false;
				break;
		}
	}
	return groups;
}
