import {hostsOf, isAtlas} from '../address.js';
import {type CheckContext, makeCheck} from '../check.js';
import type {DatabaseFinding} from '../finding.js';
import {askIfAllowed} from '../refused.js';
import {judgeVersion, productOf, type ServerVersion} from '../versions.js';

export type Member = {
	readonly name: string;
	/** `PRIMARY`, `SECONDARY`, `ARBITER`, or what keeps it from being one. */
	readonly state: string;
	readonly isHealthy: boolean;
	readonly lagSeconds: number | undefined;
};

export type Topology =
	| {readonly kind: 'standalone'}
	| {readonly kind: 'sharded'}
	| {
			readonly kind: 'replica set';
			readonly hosts: readonly string[];
			/** Undefined where the server does not tell this user. */
			readonly members: readonly Member[] | undefined;
	  };

export type ServerFacts = ServerVersion & {
	readonly topology: Topology;
	/** Round trips of a ping, in milliseconds. */
	readonly pingsMs: readonly number[];
	readonly nowMs: number;
};

const PINGS = 7;

export const serverCheck = makeCheck<ServerFacts>({
	id: 'server',
	title: 'The server answers, is still mended by its makers, and survives the loss of a machine',
	async gather(context) {
		const {db, uri, host} = context;
		const pingsMs: number[] = [];
		for (let count = 0; count < PINGS; count++) {
			const startedMs = host.monotonicMs();
			await db.command({ping: 1});
			pingsMs.push(host.monotonicMs() - startedMs);
		}
		const buildInfo = (await db.command({buildInfo: 1})) as {version: string} & Record<string, unknown>;
		return {
			version: buildInfo.version,
			product: productOf(buildInfo, hostsOf(uri)),
			isAtlas: isAtlas(uri),
			topology: await readTopology(context),
			pingsMs,
			nowMs: host.now(),
		};
	},
	judge: (facts) => [judgeReachable(facts), judgeVersion(facts, facts.nowMs), ...judgeTopology(facts.topology)],
});

async function readTopology({db}: CheckContext): Promise<Topology> {
	const hello = (await db.command({hello: 1})) as {setName?: string; msg?: string; hosts?: string[]};
	if (hello.msg === 'isdbgrid') return {kind: 'sharded'};
	if (hello.setName === undefined) return {kind: 'standalone'};
	const status = await askIfAllowed(
		() => db.admin().command({replSetGetStatus: 1}) as Promise<{members?: StatusMember[]}>,
	);
	return {
		kind: 'replica set',
		hosts: hello.hosts ?? [],
		members: 'value' in status ? membersOf(status.value.members ?? []) : undefined,
	};
}

type StatusMember = {
	readonly name: string;
	readonly health: number;
	readonly stateStr: string;
	readonly optimeDate?: Date;
};

function membersOf(members: readonly StatusMember[]): Member[] {
	const newestMs = Math.max(...members.map(({optimeDate}) => optimeDate?.getTime() ?? 0));
	return members.map(({name, health, stateStr, optimeDate}) => ({
		name,
		state: stateStr,
		isHealthy: health === 1,
		lagSeconds: optimeDate === undefined ? undefined : Math.round((newestMs - optimeDate.getTime()) / 1000),
	}));
}

export function judgeReachable({pingsMs}: Pick<ServerFacts, 'pingsMs'>): DatabaseFinding {
	const sorted = [...pingsMs].sort((a, b) => a - b);
	const median = sorted[Math.floor(sorted.length / 2)] ?? 0;
	return {
		verdict: 'pass',
		subject: 'reachable',
		reason: `it answers in ${median.toFixed(1)} ms from here (of ${sorted.length}: ${sorted[0]?.toFixed(1)} to ${sorted.at(-1)?.toFixed(1)} ms)`,
	};
}

/** A secondary this far behind serves old prices, and loses that much when it takes over. */
const MOST_LAG_SECONDS = 10;

export function judgeTopology(topology: Topology): readonly DatabaseFinding[] {
	const subject = 'topology';
	if (topology.kind === 'sharded') return [{verdict: 'pass', subject, reason: 'a sharded cluster'}];
	if (topology.kind === 'standalone') {
		return [
			{
				verdict: 'warn',
				subject,
				reason: 'a standalone server: it has no transactions, so no checkout can be all or nothing',
				evidence: ['no change streams, no point in time, and migrations cannot be fenced'],
				mend: ['Make it a replica set of one: start it with --replSet rs0, then rs.initiate() in mongosh'],
			},
		];
	}
	const {members, hosts} = topology;
	if (members === undefined) {
		return [
			{
				verdict: 'pass',
				subject,
				reason: `a replica set of ${hosts.length}: ${hosts.join(', ')}`,
				evidence: ['whether all members are well is not told to this user (clusterMonitor is)'],
			},
		];
	}
	return judgeMembers(members);
}

function judgeMembers(members: readonly Member[]): readonly DatabaseFinding[] {
	const subject = 'topology';
	const isWell = ({isHealthy, state}: Member) => isHealthy && ['PRIMARY', 'SECONDARY', 'ARBITER'].includes(state);
	const sick = members.filter((member) => !isWell(member));
	const evidence = members.map(
		({name, state, isHealthy, lagSeconds}) =>
			`${name} ${state}${isHealthy ? '' : ', does not answer'}${lagSeconds ? `, ${lagSeconds} s behind` : ''}`,
	);
	const well = members.length - sick.length;
	if (well * 2 <= members.length) {
		return [
			{
				verdict: 'fail',
				subject,
				reason: `${well} of ${members.length} members are well: that is no majority`,
				evidence,
			},
		];
	}
	const late = members.filter(({lagSeconds}) => (lagSeconds ?? 0) > MOST_LAG_SECONDS);
	if (sick.length > 0 || late.length > 0) {
		const reason = [
			...(sick.length > 0 ? [`${sick.length} of ${members.length} members are not well`] : []),
			...(late.length > 0 ? [`${late.length} are more than ${MOST_LAG_SECONDS} s behind`] : []),
		].join(', ');
		return [{verdict: 'warn', subject, reason, evidence}];
	}
	if (members.length === 2) {
		return [
			{
				verdict: 'warn',
				subject,
				reason: 'two members: when one is lost the other is no majority, and takes no writes',
				evidence,
				mend: ['Add a third member; two stop more often than one'],
			},
		];
	}
	const reason =
		members.length === 1 ? 'a replica set of one: a restart is an outage' : `${members.length} members, all well`;
	return [{verdict: 'pass', subject, reason, evidence}];
}
