import {Ajv, type ValidateFunction} from 'ajv';
import addFormats from 'ajv-formats';

type Description = {
	readonly paths: Readonly<
		Record<string, Readonly<Record<string, {readonly responses: Readonly<Record<string, Response>>}>>>
	>;
};
type Response = {readonly content?: Readonly<Record<string, {readonly schema: object}>>};

export type Answered = {
	readonly method: string;
	readonly path: string;
	readonly status: number;
	readonly type: string | null;
	readonly body: unknown;
};

/**
 * Holds answers to the shop's own description of itself.
 * @throws Error when an answer of a described route is not as described; answers of other addresses pass
 */
export function makeDescriptionCheck(description: Description): (answered: Answered) => void {
	const ajv = new Ajv({strict: false, allErrors: true});
	addFormats.default(ajv);
	const validators = new Map<object, ValidateFunction>();
	const routes = Object.keys(description.paths).map((template) => ({
		template,
		// A fixed segment is meant before one that takes anything.
		fixed: template.replaceAll(/\{\w+\}/g, '').length,
		pattern: new RegExp(`^${template.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
	}));
	return ({method, path, status, type, body}) => {
		const [address = ''] = path.split('?');
		const route = routes.filter(({pattern}) => pattern.test(address)).sort((a, b) => b.fixed - a.fixed)[0];
		const operation = route && description.paths[route.template]?.[method.toLowerCase()];
		if (operation === undefined) return;
		const what = `${method} ${route?.template} ${status}`;
		const {responses} = operation;
		const response = responses[status] ?? responses[`${String(status)[0]}XX`];
		if (response === undefined) throw new Error(`${what} is not described`);
		const [media = ''] = (type ?? '').split(';');
		if (!media.includes('json')) return;
		const schema = response.content?.[media]?.schema;
		if (schema === undefined) throw new Error(`${what} as ${media} is not described`);
		const validate = validators.get(schema) ?? ajv.compile(schema);
		validators.set(schema, validate);
		if (!validate(body))
			throw new Error(`${what} is not as described: ${ajv.errorsText(validate.errors)}\n${JSON.stringify(body)}`);
	};
}
