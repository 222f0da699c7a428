// A file of its own, to be loaded when needed: of a CommonJS package that is itself imported lazily, the bundle offers
// nothing but the default export.
import {transform} from 'sucrase';

/** TypeScript without its types, line by line as it was. @throws SyntaxError */
export function stripTypes(source: string, filePath: string): string {
	return transform(source, {transforms: ['typescript'], disableESTransforms: true, filePath}).code;
}
