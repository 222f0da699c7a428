// Writes docs/configuration.md from the schema, docs/errors.md and docs/audit-checks.md from the source. `--check` only compares.
import {mkdtemp, readdir, readFile, rm, symlink, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {build} from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const isCheck = process.argv.includes('--check');

const stale = [];
for (const [file, text] of [
	['docs/configuration.md', await configuration()],
	['docs/errors.md', await errors()],
	['docs/audit-checks.md', await auditChecks()],
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

async function auditChecks() {
	const folder = await mkdtemp(join(tmpdir(), 'sastaops-docs-'));
	try {
		const outfile = join(folder, 'catalogue.mjs');
		await build({
			absWorkingDir: root,
			stdin: {
				contents: "export {CATALOGUE} from './src/audit/catalogue.ts'; export {GROUPS} from './src/audit/groups.ts';",
				resolveDir: root,
			},
			outfile,
			bundle: true,
			format: 'esm',
			platform: 'node',
			// Only data is wanted: what checks would load when they run stays where it is.
			packages: 'external',
			logLevel: 'error',
		});
		await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
		const {CATALOGUE, GROUPS} = await import(pathToFileURL(outfile).href);
		return auditChecksText(CATALOGUE, GROUPS);
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

function auditChecksText(catalogue, groups) {
	const sections = Object.entries(groups).map(([group, about]) => {
		const own = catalogue.filter((check) => check.group === group);
		const entries = own.map(({id, title, severity, effect, maxRequests, sends, why, fix, references}) =>
			[
				`### ${id}`,
				`${title}. ${capital(severity)}, ${effect}${maxRequests === 0 ? '' : `, at most ${maxRequests} requests`}.`,
				`${why}`,
				`To mend it: ${codeless(fix)}.`,
				...(sends.length === 0 ? [] : [`Sends: ${sends.map(codeless).join('; ')}.`]),
				...(references.length === 0 ? [] : [`By: ${references.map(codeless).join('; ')}.`]),
			].join('\n\n'),
		);
		return `## ${group}: ${about}\n\n${entries.join('\n\n')}`;
	});
	return `# Every check of the audit

${catalogue.length} checks; \`sastaops audit --list\` prints them too. How they are asked stands in [audit.md](audit.md).

${sections.join('\n\n')}
`;
}

function codeless(text) {
	return text.replaceAll(/[\\`*_<>[\]|]/g, '\\$&');
}

function capital(text) {
	return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
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
