import {execFile} from 'node:child_process';
import {readdirSync, readFileSync} from 'node:fs';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {makeShop, type ShopWorld} from '../support/shop-world.js';

const run = promisify(execFile);

/** Every line of a `sh` block that starts with sastaops, in every page. */
function documentedCommands(): {page: string; line: string}[] {
	const pages = [
		'README.md',
		'CONTRIBUTING.md',
		...readdirSync('docs', {recursive: true, encoding: 'utf8'})
			.filter((path) => path.endsWith('.md'))
			.map((path) => `docs/${path}`),
	];
	return pages.flatMap((page) =>
		[...readFileSync(page, 'utf8').matchAll(/```sh\n([\s\S]*?)```/g)].flatMap(([, block = '']) =>
			block
				.split('\n')
				.map((line) =>
					line
						.replace(/\s+#.*$/, '')
						.replace(/^npx /, '')
						.trim(),
				)
				.filter((line) => line.startsWith('sastaops '))
				.map((line) => ({page, line})),
		),
	);
}

describe('the pages', () => {
	let shop: ShopWorld;
	beforeAll(async () => {
		const nobody = 'http://127.0.0.1:9';
		const canary = {splitter: {kind: 'gateway', admin: nobody}, stable: [nobody], canary: [nobody]};
		shop = await makeShop({orders: 5, config: `canary: ${JSON.stringify(canary)}\n`});
		await shop.sastaops(['release', 'create', '1.1.3', '--yes']);
		await shop.commit('feat: more');
		await shop.sastaops(['release', 'create', '1.1.4', '--yes']);
		await shop.commit('feat: still more');
	});
	afterAll(async () => {
		await shop.close();
	});

	const commands = documentedCommands().filter(({line}) => !/^sastaops (?:demo|serve|gateway)/.test(line));

	it.each(commands)('$page: $line', async ({line}) => {
		const args = line
			.split(/\s+/)
			.slice(1)
			.map((word) => word.replace(/^["']|["']$/g, '').replace(/^sastabazar$/, shop.database));
		const {exitCode, stdout, stderr} = await shop.sastaops([...args, '--json']);
		const {error} = JSON.parse(stdout) as {error?: {code: string}};
		// A yes nobody gave, a backup or a migration of another name: the command itself was understood.
		expect(error?.code === 'NEEDS_ANSWER' ? 'understood' : exitCode, `${line}\n${stdout}\n${stderr}`).not.toBe(2);
		expect(exitCode, `${line}\n${stdout}\n${stderr}`).not.toBe(70);
	});

	it('are what the source says, where they are made from it', async () => {
		await expect(run(process.execPath, ['scripts/docs.mjs', '--check'])).resolves.toBeDefined();
	});

	it('have links that lead somewhere', () => {
		const pages = [
			'README.md',
			'CONTRIBUTING.md',
			...readdirSync('docs', {recursive: true, encoding: 'utf8'})
				.filter((path) => path.endsWith('.md'))
				.map((path) => `docs/${path}`),
		];
		const broken = pages.flatMap((page) => {
			const folder = page.includes('/') ? page.slice(0, page.lastIndexOf('/') + 1) : '';
			return [...readFileSync(page, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
				.map(([, target = '']) => `${folder}${target}`)
				.filter((path) => !isThere(path));
		});
		expect(broken).toEqual([]);
	});
});

function isThere(path: string): boolean {
	try {
		readFileSync(path);
		return true;
	} catch {
		return false;
	}
}
