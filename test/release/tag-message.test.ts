import fc from 'fast-check';
import {describe, expect, it} from 'vitest';
import {sha256} from '../../src/kernel/canonical.js';
import {configSchema} from '../../src/kernel/config/schema.js';
import {migrationSetDigest, type ReleasePlan} from '../../src/release/plan.js';
import {readTagMessage, writeTagMessage} from '../../src/release/tag-message.js';

type TagPlan = Pick<ReleasePlan, 'shop' | 'version' | 'run' | 'notes' | 'database' | 'migrations'>;

const write = (plan: TagPlan, backup?: string) => writeTagMessage(plan as ReleasePlan, backup);

describe('the tag’s message', () => {
	it('is a subject and trailers', () => {
		const message = write(
			{
				shop: 'tea',
				version: '1.2.0',
				run: 'r-1',
				notes: 'notes',
				database: {name: 'tea'},
				migrations: [{id: '0001-a', checksum: 'c'}] as unknown as ReleasePlan['migrations'],
			},
			'a'.repeat(64),
		);
		expect(message).toBe(`tea 1.2.0

Sastaops-Run: r-1
Sastaops-Backup: sha256:${'a'.repeat(64)}
Sastaops-Migrations: sha256:${sha256('0001-a c\n')} 0001-a
Sastaops-Notes: sha256:${sha256('notes')}
`);
	});

	it('tells again what was written into it, whatever the shop is called', () => {
		const word = fc.stringMatching(/^[\w.-]{1,20}$/);
		const shop = fc
			.string({unit: 'grapheme', minLength: 1})
			.filter((name) => configSchema.shape.shop.safeParse({name}).success);
		const plan = fc.record({
			shop,
			version: word,
			run: word,
			notes: fc.string(),
			database: fc.constantFrom({name: 'd'}, null),
			migrations: fc.array(fc.record({id: word, checksum: word}), {maxLength: 4}) as fc.Arbitrary<never>,
		});
		const backup = fc.option(fc.string().map(sha256), {nil: undefined});
		fc.assert(
			fc.property(plan, backup, (input, archive) => {
				const hasDatabase = input.database !== null;
				const migrations = input.migrations as ReleasePlan['migrations'];
				expect(readTagMessage(write(input, archive).trimEnd())).toEqual({
					run: input.run,
					backup: archive,
					migrations: hasDatabase ? migrationSetDigest(migrations) : undefined,
					migrationIds: hasDatabase ? migrations.map(({id}) => id) : [],
					notes: sha256(input.notes),
				});
			}),
		);
	});

	it.each(['', 'v1.0.0 by hand', 'Sastaops-Run: two words', 'x Sastaops-Run: r', 'Sastaops-Backup: sha256:abc'])(
		'of another kind tells nothing: %j',
		(message) => {
			expect(readTagMessage(message)).toEqual({
				run: undefined,
				backup: undefined,
				migrations: undefined,
				migrationIds: [],
				notes: undefined,
			});
		},
	);
});
