import type {DatabaseFinding} from './finding.js';

/**
 * Last day of support by release series: MongoDB's own lifecycle page (mongodb.com/legal/support-policy/lifecycles), as
 * endoflife.date had it in February 2026. A series that is not here is told and not judged.
 */
const END_OF_LIFE: Readonly<Record<string, string>> = {
	'3.6': '2021-04-30',
	'4.0': '2022-04-30',
	'4.2': '2023-04-30',
	'4.4': '2024-02-29',
	'5.0': '2024-10-31',
	'6.0': '2025-07-31',
	'7.0': '2027-08-31',
	'8.0': '2029-10-31',
	'8.1': '2025-09-30',
	'8.2': '2026-07-31',
};

/**
 * First version of a series that is not open to CVE-2025-14847 (memory is read without a log-in): MongoDB's notice of
 * December 2025, as endoflife.date gives it.
 */
const MENDED_LEAK: Readonly<Record<string, number>> = {'4.4': 30, '5.0': 32, '6.0': 27, '7.0': 28, '8.0': 17, '8.2': 3};

export type ServerVersion = {
	/** The version of MongoDB it answers as. */
	readonly version: string;
	/** Another product that speaks MongoDB's protocol; undefined for MongoDB itself. */
	readonly product: string | undefined;
	/** Upgraded by its keeper. */
	readonly isAtlas: boolean;
};

/** Judges by the day `nowMs` whether anybody still mends this version. Pure. */
export function judgeVersion({version, product, isAtlas}: ServerVersion, nowMs: number): DatabaseFinding {
	if (product !== undefined)
		return {verdict: 'pass', subject: 'version', reason: `${product}, which answers as MongoDB ${version}`};
	const [series = version, patch = 0] = [
		/^\d+\.\d+/.exec(version)?.[0],
		Number(version.split('.')[2]?.match(/^\d+/)?.[0]),
	];
	const mended = MENDED_LEAK[series];
	if (!isAtlas && mended !== undefined && patch < mended) {
		return {
			verdict: 'fail',
			subject: 'version',
			reason: `MongoDB ${version} gives its memory to anybody who reaches it (CVE-2025-14847)`,
			mend: [`Upgrade to ${series}.${mended} or newer; until then set net.compression.compressors: snappy,zstd`],
		};
	}
	const end = END_OF_LIFE[series];
	if (end === undefined)
		return {verdict: 'pass', subject: 'version', reason: `MongoDB ${version}, of whose end I know no date`};
	if (isAtlas || nowMs <= Date.parse(`${end}T23:59:59Z`))
		return {verdict: 'pass', subject: 'version', reason: `MongoDB ${version}, supported until ${end}`};
	return {
		verdict: 'warn',
		subject: 'version',
		reason: `MongoDB ${version} has had no security fixes since ${end}`,
		mend: ['Upgrade, one major version at a time, with a verified backup before each', 'sastaops backup create'],
	};
}

/** Another product by what it says of itself, or by where it lives. */
export function productOf(buildInfo: Readonly<Record<string, unknown>>, hosts: readonly string[]): string | undefined {
	const secantus = buildInfo['secantusVersion'];
	if (typeof secantus === 'string') return `SecantusDB ${secantus}`;
	if ('ferretdb' in buildInfo || 'ferretdbVersion' in buildInfo) return 'FerretDB';
	if (hosts.some((host) => host.endsWith('.docdb.amazonaws.com'))) return 'Amazon DocumentDB';
	if (hosts.some((host) => host.endsWith('.cosmos.azure.com'))) return 'Azure Cosmos DB';
	return undefined;
}
