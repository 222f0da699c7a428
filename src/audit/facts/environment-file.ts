import {resolve} from 'node:path';
import {parseEnv} from 'node:util';
import {readIfThere} from '../../kernel/read-if-there.js';
import type {AuditContext} from '../context.js';

/** One variable of production. */
export type Variable = {
	readonly name: string;
	/** Of the file, or of the process where the file leaves it empty; the content of the file that `NAME_FILE` names. */
	readonly value: string;
	/** `NAME_FILE` names a file that is not on this machine: there is a value, and it cannot be judged here. */
	readonly isElsewhere: boolean;
};

/** The variables of production; undefined where there is no such file. Names end without `_FILE`. */
export function readEnvironmentFile(context: AuditContext): Promise<readonly Variable[] | undefined> {
	return context.shared('environment file', async () => {
		const {loaded, host} = context;
		const text = await readIfThere(resolve(loaded.root, loaded.config.audit.environmentFile));
		if (text === undefined) return undefined;
		const pairs = Object.entries(parseEnv(text)).map(
			([name, value]) => [name, (value ?? '') || (host.env[name] ?? '')] as const,
		);
		const variables = await Promise.all(pairs.map(([name, value]) => variableOf(name, value, loaded.root)));
		for (const {name, value} of variables) if (isSecretName(name)) host.addSecret(value);
		return variables;
	});
}

async function variableOf(name: string, value: string, root: string): Promise<Variable> {
	if (!name.endsWith('_FILE') || value === '' || !isSecretName(name.slice(0, -'_FILE'.length)))
		return {name, value, isElsewhere: false};
	const content = await readIfThere(resolve(root, value)).catch(() => undefined);
	return {name: name.slice(0, -'_FILE'.length), value: content?.trim() ?? '', isElsewhere: content === undefined};
}

/** Names whose values let somebody in. An id of a key is public. */
export function isSecretName(name: string): boolean {
	return /(?:SECRET|TOKEN|PASSWORD|PASSPHRASE|PRIVATE_KEY|API_KEY)$/.test(name);
}
