import {Ajv} from 'ajv';
import addFormats from 'ajv-formats';
import type {FastifyInstance} from 'fastify';

/**
 * What a client did not send right is refused, never bent into shape: a price in an order is no slip to forgive. Only an
 * address, where everything is text, has its numbers read as numbers.
 */
export function addValidation(app: FastifyInstance): void {
	const strict = makeAjv(false);
	const ofAddress = makeAjv(true);
	app.setValidatorCompiler(({schema, httpPart}) =>
		(httpPart === 'querystring' || httpPart === 'params' ? ofAddress : strict).compile(schema as object),
	);
}

function makeAjv(coerceTypes: boolean): Ajv {
	// The first problem is enough: to look for all of them is work that a hostile body can multiply.
	const ajv = new Ajv({coerceTypes, removeAdditional: false, useDefaults: true, allErrors: false});
	addFormats.default(ajv);
	return ajv;
}
