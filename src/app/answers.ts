import Type, {type TSchema} from 'typebox';

/** How every failure looks, as `guard/errors.ts` sends it. */
export const failure = Type.Object(
	{
		error: Type.Object(
			{
				code: Type.String({description: 'Upper snake, stable: match this, not the message'}),
				message: Type.String(),
				requestId: Type.Optional(Type.String()),
			},
			{additionalProperties: false},
		),
	},
	{additionalProperties: false},
);

/** The failures a route answers by itself, for its `response`: `{200: …, ...failures(401, 404)}`. */
export function failures<const Status extends number>(...statuses: Status[]): Record<Status, typeof failure> {
	return Object.fromEntries(statuses.map((status) => [status, failure])) as Record<Status, typeof failure>;
}

/** An object that has these properties and no others. */
export function exactly<const Properties extends Record<string, TSchema>>(
	properties: Properties,
	options: {readonly description?: string} = {},
) {
	return Type.Object(properties, {...options, additionalProperties: false});
}
