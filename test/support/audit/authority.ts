import {execFile} from 'node:child_process';
import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';

const run = promisify(execFile);

export type CertificateWish = {
	/** File name without an ending. */
	readonly name: string;
	/** Subject alternative names, such as `DNS:shop.example`. */
	readonly names?: readonly string[];
	/** @default 'ec' */
	readonly key?: 'ec' | 'rsa2048' | 'rsa1024' | 'p521' | 'secp224r1' | 'ed25519';
	/** @default 'intermediate' */
	readonly issuer?: 'intermediate' | 'root' | 'itself' | 'stranger';
	/** `YYYYMMDDHHMMSSZ`, both. Ninety days around now without it. */
	readonly dates?: readonly [from: string, to: string];
	/** @default 'sha256' */
	readonly digest?: 'sha256' | 'sha1';
	/** Whether the intermediate is served too. @default true */
	readonly isWhole?: boolean;
};

export type Authority = {
	/** PEM file of the root. */
	readonly root: string;
	/** Makes one; the files nginx needs. */
	issue(wish: CertificateWish): Promise<{readonly certificate: string; readonly key: string}>;
};

const DAY_MS = 86_400_000;

/** An authority of one's own, by the openssl program: a root, an intermediate, and a root that nobody knows. */
export async function makeAuthority(folder: string): Promise<Authority> {
	await mkdir(folder, {recursive: true});
	const path = (name: string) => join(folder, name);
	const openssl = (...argv: string[]) => run('openssl', argv, {cwd: folder, timeout: 60_000});
	await writeFile(path('openssl.cnf'), CONFIG);
	for (const root of ['root', 'stranger']) {
		await makeKey(root, 'ec');
		await openssl(
			'req',
			'-x509',
			'-config',
			'openssl.cnf',
			'-key',
			`${root}.key`,
			'-out',
			`${root}.pem`,
			'-days',
			'3650',
			'-subj',
			`/CN=Test ${root}`,
			'-extensions',
			'authority',
		);
	}
	await makeKey('intermediate', 'ec');
	await sign('intermediate', {
		issuer: 'root',
		extensions: 'authority',
		dates: around(5 * 365),
		digest: 'sha256',
		subject: '/CN=Test intermediate',
	});

	return {
		root: path('root.pem'),
		async issue({
			name,
			names = ['DNS:shop.example'],
			key = 'ec',
			issuer = 'intermediate',
			dates = around(90),
			digest = 'sha256',
			isWhole = true,
		}) {
			await makeKey(name, key);
			await writeFile(
				path(`${name}.cnf`),
				`${CONFIG}\n[leaf]\nbasicConstraints = CA:false\nextendedKeyUsage = serverAuth\nsubjectAltName = ${names.join(',')}\n`,
			);
			await sign(name, {
				issuer: issuer === 'itself' ? undefined : issuer,
				extensions: 'leaf',
				config: `${name}.cnf`,
				dates,
				digest,
				subject: `/CN=${name}`,
			});
			const served = [name, ...(issuer === 'intermediate' && isWhole ? ['intermediate'] : [])];
			const pems = await Promise.all(served.map((one) => readFile(path(`${one}.pem`), 'utf8')));
			await writeFile(path(`${name}.chain.pem`), pems.join(''));
			return {certificate: path(`${name}.chain.pem`), key: path(`${name}.key`)};
		},
	};

	async function makeKey(name: string, key: CertificateWish['key']): Promise<void> {
		const rsa = /^rsa(\d+)$/.exec(key ?? '')?.[1];
		const curve = {ec: 'P-256', p521: 'P-521', secp224r1: 'secp224r1'}[key as string];
		const how =
			rsa !== undefined
				? ['-algorithm', 'RSA', '-pkeyopt', `rsa_keygen_bits:${rsa}`]
				: curve !== undefined
					? ['-algorithm', 'EC', '-pkeyopt', `ec_paramgen_curve:${curve}`]
					: ['-algorithm', 'ED25519'];
		await openssl('genpkey', ...how, '-out', `${name}.key`);
	}

	/** By `openssl ca`: of the programs of OpenSSL 3.0 only it takes dates. */
	async function sign(
		name: string,
		how: {
			issuer: string | undefined;
			extensions: string;
			config?: string;
			dates: readonly [string, string];
			digest: string;
			subject: string;
		},
	): Promise<void> {
		const {
			issuer,
			extensions,
			config = 'openssl.cnf',
			dates: [from, to],
			digest,
			subject,
		} = how;
		await mkdir(path(`${name}.db`), {recursive: true});
		await writeFile(path(`${name}.db/index.txt`), '');
		const settings = `\n[ca]\ndefault_ca = own\n[own]\ndatabase = ${name}.db/index.txt\nnew_certs_dir = ${name}.db\nrand_serial = yes\npolicy = any\nemail_in_dn = no\nunique_subject = no\n[any]\ncommonName = supplied\n`;
		await writeFile(path(`${name}.ca.cnf`), (await readFile(path(config), 'utf8')) + settings);
		await openssl(
			'req',
			'-new',
			'-config',
			'openssl.cnf',
			'-key',
			`${name}.key`,
			'-subj',
			subject,
			'-out',
			`${name}.csr`,
		);
		await openssl(
			...['ca', '-batch', '-notext', '-config', `${name}.ca.cnf`, '-in', `${name}.csr`, '-out', `${name}.pem`],
			...['-startdate', from, '-enddate', to, '-md', digest, '-extensions', extensions],
			...(issuer === undefined
				? ['-selfsign', '-keyfile', `${name}.key`]
				: ['-cert', `${issuer}.pem`, '-keyfile', `${issuer}.key`]),
		);
	}
}

function around(days: number): [string, string] {
	return [stamp(Date.now() - DAY_MS), stamp(Date.now() + days * DAY_MS)];
}

export function stamp(ms: number): string {
	return `${new Date(ms).toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
}

const CONFIG = `[req]
distinguished_name = name
[name]
[authority]
basicConstraints = critical, CA:true
keyUsage = critical, keyCertSign, cRLSign
`;
