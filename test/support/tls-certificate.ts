import {execFile} from 'node:child_process';
import {mkdtemp, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';

export type Certificate = {readonly folder: string; readonly file: string; readonly cert: string; readonly key: string};

/** A certificate that signs itself, for some names, by the openssl of the machine. Remove its folder at the end. */
export async function makeCertificate(...names: readonly string[]): Promise<Certificate> {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-certificate-'));
	const file = join(folder, 'cert.pem');
	const keyFile = join(folder, 'key.pem');
	await promisify(execFile)('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '30'],
		...['-subj', `/CN=${names[0] ?? 'localhost'}`],
		...['-addext', `subjectAltName=${names.map((name) => `DNS:${name}`).join(',')}`],
		...['-keyout', keyFile, '-out', file],
	]);
	const [cert, key] = await Promise.all([readFile(file, 'utf8'), readFile(keyFile, 'utf8')]);
	return {folder, file, cert, key};
}
