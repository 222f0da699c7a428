// Writes docs/configuration.md from the schema and docs/errors.md from the source. `--check` only compares.
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isCheck = process.argv.includes('--check');

const stale = [];
for (const [file, text] of [
	['docs/configuration.md', await configuration()],
	['docs/errors.md', await errors()],
]) {
	const path = join(root, file);
	if ((await readFile(path, 'utf8').catch(() => '')) === text) continue;
	if (isCheck) stale.push(file);
	else await writeFile(path, text);
}
if (stale.length > 0) {
	console.error(`${stale.join(', ')}: not what the source says; run node scripts/docs.mjs`);
	process.exitCode = 1;
}

async function configuration() {
	const schema = JSON.parse(await readFile(join(root, 'schema', 'config.json'), 'utf8'));
	return `# Configuration

\`sastaops.yaml\` (or \`.yml\`, \`.json\`), looked for from the working folder up to the repository's top. Every key has a
default or is asked for by name. A flag stands above a \`SASTAOPS_*\` variable, that above the file, that above the
default.

\`\`\`sh
sastaops config show --origin
\`\`\`

Values may hold \`\${NAME}\`, \`\${NAME:-default}\` and \`\${file:path}\`; a variable that is not set is an error. All problems
are told at once, with line and column. Durations are written \`500ms\`, \`90s\`, \`30m\`, \`2h\`, \`7d\`.

| key | type | default | |
|---|---|---|---|
${rows(schema, []).join('\n')}

Variables: \`SASTAOPS_CONFIG\`, \`SASTAOPS_SHOP_URL\`, \`SASTAOPS_ENVIRONMENT\`, \`SASTAOPS_BRANCH\`, \`SASTAOPS_REMOTE\`,
\`SASTAOPS_DATABASE_URI\`, \`SASTAOPS_DATABASE_NAME\`, \`SASTAOPS_STATE_URI\`, \`SASTAOPS_BACKUP_STORE\`; \`MONGODB_URI\` stands
in where the file names no \`database.uri\`.
`;
}

function rows(schema, path) {
	const map = mapOf(schema);
	return Object.entries(map.properties ?? {})
		.filter(([key]) => key !== '$schema')
		.flatMap(([key, value]) => {
			const inner = mapOf(value);
			const name = [...path, key];
			if (inner.properties && !isCommand(value)) return rows(inner, name);
			const shown = value.default === undefined ? '' : `\`${JSON.stringify(value.default)}\``;
			return [
				`| \`${name.join('.')}\` | ${typeOf(value)} | ${shown.length > 60 ? 'see below' : shown} | ${(value.description ?? '').replaceAll('|', '\\|')} |`,
			];
		});
}

function mapOf(schema) {
	if (schema.properties) return schema;
	return (schema.anyOf ?? schema.allOf ?? []).map(mapOf).find((inner) => inner.properties) ?? schema;
}

function isCommand(schema) {
	return schema.anyOf !== undefined && JSON.stringify(schema).includes('"shell"');
}

function typeOf(schema) {
	if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
	if (schema.enum) return schema.enum.map((value) => `\`${value}\``).join(', ');
	if (isCommand(schema)) return 'command';
	if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
	if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
	if (schema.type === 'object') return 'map';
	return schema.type ?? 'any';
}

async function errors() {
	const found = new Map();
	for (const path of await sources(join(root, 'src'))) {
		const text = await readFile(path, 'utf8');
		for (const match of text.matchAll(/new SastaError\(\s*'([A-Z_]+)',\s*(`(?:[^`\\]|\\.)*`|'(?:[^'\\]|\\.)*')/g)) {
			const [, code, literal] = match;
			const words = found.get(code) ?? new Set();
			words.add(readable(literal));
			found.set(code, words);
		}
	}
	const table = [...found]
		.sort(([a], [b]) => (a < b ? -1 : 1))
		.map(([code, words]) => `| \`${code}\` | ${[...words].sort().join('<br>').replaceAll('|', '\\|')} |`);
	return `# Errors

Each error has a code that never changes: match it, not the words. With \`--json\` it is \`error.code\`, beside \`message\`,
\`details\` and \`hint\`, the next thing to do.

| code | what it says |
|---|---|
${table.join('\n')}
`;
}

/** A message with its changing parts as dots. */
function readable(literal) {
	let depth = 0;
	let text = '';
	const body = literal.slice(1, -1);
	for (let index = 0; index < body.length; index++) {
		if (body.startsWith('${', index)) {
			if (depth++ === 0) text += '…';
			index++;
		} else if (depth > 0) {
			if (body[index] === '{') depth++;
			if (body[index] === '}') depth--;
		} else text += body[index];
	}
	return text.replaceAll("\\'", "'");
}

async function sources(folder) {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	return entries
		.filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
		.map((entry) => join(entry.parentPath, entry.name))
		.sort();
}
