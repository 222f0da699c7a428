import {pathToFileURL} from 'node:url';
import {errorMessage, SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';
import type {WorkloadChoice} from '../worker/messages.js';
import {shopWorkload} from './shop.js';
import type {Operation, Workload} from './workload.js';

/**
 * The workload that was chosen, whole or in part.
 * @param indexes what the shop's collections are given; a file brings its own
 * @throws SastaError WORKLOAD_INVALID for a file or a name that cannot be used
 */
export async function openWorkload(choice: WorkloadChoice, indexes: Workload['indexes']): Promise<Workload> {
	const workload = choice.kind === 'shop' ? shopWorkload(indexes) : await readFile(choice.path);
	const {only} = choice;
	if (only === undefined) return workload;
	const known = workload.operations.map(({name}) => name);
	const unknown = only.filter((name) => !known.includes(name));
	if (unknown.length > 0)
		throw invalid(`The workload has no operation ${unknown.join(', ')}`, `It has ${known.join(', ')}`);
	return {...workload, operations: workload.operations.filter(({name}) => only.includes(name))};
}

async function readFile(path: string): Promise<Workload> {
	let found: Partial<Workload>;
	try {
		found = (await import(pathToFileURL(path).href)) as Partial<Workload>;
	} catch (error) {
		throw invalid(`The workload ${path} cannot be loaded: ${errorMessage(error)}`, 'It is a JavaScript module', error);
	}
	const operations = found.operations ?? [];
	const wrong = problemOf(operations);
	if (wrong !== undefined)
		throw invalid(`The workload ${path} is not one: ${wrong}`, 'docs/db-load.md has an example to begin from');
	return {
		name: typeof found.name === 'string' ? found.name : path,
		operations,
		indexes: found.indexes ?? {},
		collections: found.collections ?? (() => []),
	};
}

function problemOf(operations: unknown): string | undefined {
	if (!Array.isArray(operations) || operations.length === 0) return 'it exports no array "operations"';
	for (const [index, operation] of (operations as Partial<Operation>[]).entries()) {
		if (typeof operation?.name !== 'string' || !/^[\w-]{1,40}$/.test(operation.name))
			return `operation ${index} has no "name" of letters, digits, - and _`;
		if (typeof operation.run !== 'function') return `operation ${operation.name} has no function "run"`;
		if (typeof operation.weight !== 'number' || !(operation.weight > 0))
			return `operation ${operation.name} has no "weight" above 0`;
	}
	const names = (operations as Operation[]).map(({name}) => name);
	return new Set(names).size === names.length ? undefined : 'two operations have the same name';
}

function invalid(message: string, hint: string, cause?: unknown): SastaError {
	return new SastaError('WORKLOAD_INVALID', message, {
		exitCode: EXIT.usage,
		hint,
		...(cause === undefined ? {} : {cause}),
	});
}
