import {describe, expect, it} from 'vitest';
import {type BackupManifest, manifestText, parseManifest} from '../../src/backup/manifest.js';
import {sampleManifest} from './sample-manifest.js';

describe('a manifest', () => {
	const manifest: BackupManifest = sampleManifest({id: 'one'});

	it('is read as it was written', () => {
		expect(parseManifest(manifestText(manifest))).toEqual(manifest);
	});

	it('is refused with any single bit flipped', () => {
		const bytes = Buffer.from(manifestText(manifest));
		for (let bit = 0; bit < bytes.length * 8; bit++) {
			const copy = Buffer.from(bytes);
			copy[bit >> 3] = (copy[bit >> 3] ?? 0) ^ (1 << (bit & 7));
			expect(parseManifest(copy.toString('utf8')), `bit ${bit}`).toBeUndefined();
		}
	});

	it.each([
		['cut', (text: string) => text.slice(0, -2)],
		['with a blank more', (text: string) => text.replace(':', ': ')],
		['without its digest', (text: string) => text.replace(/"digest":"[0-9a-f]+",?/, '')],
		['with a count of someone else’s', (text: string) => text.replace('"documents":10', '"documents":11')],
		['empty', () => ''],
		['of another kind of JSON', () => '[]'],
	])('is refused %s', (_what, change) => {
		expect(parseManifest(change(manifestText(manifest)))).toBeUndefined();
	});
});
