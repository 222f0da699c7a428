import {chmod, mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';

/** A program that stands where mongodump would; each is named for what it does wrong. */
export type FakeMongodump =
	/** Writes the archive it is given and exits 0. */
	| {readonly does: 'write'; readonly archive: Buffer}
	/** Writes half of it and exits 1, the address it was given on its standard error. */
	| {readonly does: 'die late and print its configuration'; readonly archive: Buffer}
	/** Writes a little and then nothing more, ever, whatever signal it gets but KILL. */
	| {readonly does: 'hang'}
	/** Writes without end. */
	| {readonly does: 'write for ever'};

/** Makes `fake-mongodump` in the folder and gives its argv; it leaves its arguments in `fake-mongodump.argv`, its pid in `.pid`. */
export async function makeFakeMongodump(folder: string, fake: FakeMongodump): Promise<string[]> {
	await mkdir(folder, {recursive: true});
	const program = join(folder, 'fake-mongodump.mjs');
	if ('archive' in fake) await writeFile(join(folder, 'archive.gz'), gzipSync(fake.archive));
	await writeFile(program, `${PREAMBLE}\n${BODIES[fake.does]}\n`);
	await chmod(program, 0o700);
	return [process.execPath, program];
}

const PREAMBLE = `
import {createReadStream, readFileSync, writeFileSync, writeSync} from 'node:fs';
import {randomBytes} from 'node:crypto';
import {dirname} from 'node:path';
const folder = dirname(process.argv[1]);
writeFileSync(folder + '/fake-mongodump.argv', JSON.stringify(process.argv.slice(2)));
writeFileSync(folder + '/fake-mongodump.pid', String(process.pid));
const config = process.argv.find((word) => word.startsWith('--config='))?.slice(9);`;

const BODIES: Readonly<Record<FakeMongodump['does'], string>> = {
	write: "createReadStream(folder + '/archive.gz').pipe(process.stdout);",
	'die late and print its configuration': `
process.stderr.write('connecting with ' + readFileSync(config, 'utf8') + '\\n');
const archive = readFileSync(folder + '/archive.gz');
process.stdout.write(archive.subarray(0, archive.length / 2), () => process.exit(1));`,
	hang: `
process.on('SIGTERM', () => {});
writeSync(1, Buffer.from([0x1f, 0x8b]));
setInterval(() => {}, 1000);`,
	'write for ever': `
for (;;) writeSync(1, randomBytes(65536));`,
};
