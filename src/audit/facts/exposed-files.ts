import type {Severity} from '../verdict.js';

/** A file that nobody outside may read, and what proves that it is one. */
export type SecretFile = {
	readonly path: string;
	readonly severity: Severity;
	/** Whether the first 4 KiB are of such a file. */
	proves(head: Buffer, text: string): boolean;
};

const ENV = (_: Buffer, text: string) => (text.match(/^(?:export )?[A-Z][A-Z0-9_]{2,}=/gm) ?? []).length >= 2;
const SQL = (_: Buffer, text: string) =>
	/^(?:-- (?:MySQL|MariaDB|PostgreSQL) |(?:CREATE TABLE|INSERT INTO|DROP TABLE) )/im.test(text);
const GZIP = (head: Buffer) => head[0] === 0x1f && head[1] === 0x8b;
const ZIP = (head: Buffer) => head.subarray(0, 4).equals(Buffer.of(0x50, 0x4b, 3, 4));
/** Of mongodump --archive, as the program writes it. */
const MONGO_ARCHIVE = (head: Buffer) => head.subarray(0, 4).equals(Buffer.of(0x6d, 0xe2, 0x99, 0x81)) || GZIP(head);
const PRIVATE_KEY = (_: Buffer, text: string) => /-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----/.test(text);

const rows: readonly (readonly [path: string, severity: Severity, proves: SecretFile['proves']])[] = [
	['/.env', 'critical', ENV],
	['/.env.production', 'critical', ENV],
	['/.env.local', 'critical', ENV],
	['/.env.backup', 'critical', ENV],
	['/env.production', 'critical', ENV],
	['/.git/HEAD', 'critical', (_, text) => /^(?:ref: refs\/|[0-9a-f]{40}\s*$)/.test(text)],
	['/.git/config', 'critical', (_, text) => /^\s*\[core\]/m.test(text)],
	['/.npmrc', 'critical', (_, text) => /_authToken\s*=|_auth\s*=|_password\s*=/.test(text)],
	['/id_rsa', 'critical', PRIVATE_KEY],
	['/.ssh/id_rsa', 'critical', PRIVATE_KEY],
	['/server.key', 'critical', PRIVATE_KEY],
	['/privkey.pem', 'critical', PRIVATE_KEY],
	['/backup.sql', 'critical', SQL],
	['/dump.sql', 'critical', SQL],
	['/backup.zip', 'critical', ZIP],
	['/backup.tar.gz', 'critical', GZIP],
	['/dump.archive', 'critical', MONGO_ARCHIVE],
	['/.htpasswd', 'high', (_, text) => /^[\w.-]+:(?:\$(?:apr1|2[aby]|5|6)\$|\{SHA\})/m.test(text)],
	['/docker-compose.yml', 'high', (_, text) => /^services:\s*$/m.test(text)],
	['/sastaops.yaml', 'high', (_, text) => /^(?:shop|database|backup|audit|deploy|release):\s*$/m.test(text)],
	[
		'/package.json',
		'medium',
		(_, text) => text.trimStart().startsWith('{') && /"(?:devD|d)ependencies"\s*:\s*\{/.test(text),
	],
	['/server-status', 'medium', (_, text) => /<title>Apache Status<\/title>|^Active connections: \d+/m.test(text)],
	['/debug/pprof/', 'medium', (_, text) => /\/debug\/pprof\//.test(text) && /goroutine/.test(text)],
	['/.DS_Store', 'low', (head) => head.subarray(0, 8).equals(Buffer.of(0, 0, 0, 1, 0x42, 0x75, 0x64, 0x31))],
];

export const SECRET_FILES: readonly SecretFile[] = rows.map(([path, severity, proves]) => ({path, severity, proves}));
