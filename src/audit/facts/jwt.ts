import {createHmac, timingSafeEqual} from 'node:crypto';

export type Jwt = {
	readonly header: Readonly<Record<string, unknown>>;
	readonly payload: Readonly<Record<string, unknown>>;
	readonly parts: readonly [header: string, payload: string, signature: string];
};

/** Undefined for what is no signed JWT. */
export function parseJwt(token: string): Jwt | undefined {
	const parts = token.split('.');
	const [header = '', payload = '', signature = ''] = parts;
	const read = {header: readPart(header), payload: readPart(payload)};
	if (parts.length !== 3 || read.header === undefined || read.payload === undefined) return undefined;
	return typeof read.header['alg'] === 'string'
		? {header: read.header, payload: read.payload, parts: [header, payload, signature]}
		: undefined;
}

function readPart(text: string): Record<string, unknown> | undefined {
	try {
		const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
		return typeof value === 'object' && value !== null && !Array.isArray(value)
			? (value as Record<string, unknown>)
			: undefined;
	} catch {
		return undefined;
	}
}

/** A token of this header and payload: signed by HS256 with a key, or not at all. */
export function makeJwt(header: object, payload: object | string, key?: string): string {
	const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
	const signed = `${encode(header)}.${typeof payload === 'string' ? payload : encode(payload)}`;
	return `${signed}.${key === undefined ? '' : createHmac('sha256', key).update(signed).digest('base64url')}`;
}

/** Secrets that stand in tutorials and templates; each is tried on a token at hand, and nothing is sent. */
const WEAK_SECRETS: readonly string[] = [
	'',
	'secret',
	'Secret',
	'secret123',
	'secretkey',
	'secret-key',
	'secret_key',
	'mysecret',
	'my-secret',
	'my_secret',
	'mysecretkey',
	'my-secret-key',
	'supersecret',
	'super-secret',
	'supersecretkey',
	'topsecret',
	'jwt',
	'jwtsecret',
	'jwt-secret',
	'jwt_secret',
	'jwt_secret_key',
	'JWT_SECRET',
	'your-secret-key',
	'your_secret_key',
	'your-256-bit-secret',
	'your_jwt_secret',
	'your-jwt-secret',
	'changeme',
	'change-me',
	'changethis',
	'change_this_secret',
	'password',
	'password123',
	'123456',
	'12345678',
	'admin',
	'test',
	'dev',
	'development',
	'key',
	'private',
	'token',
	'shop',
	'keyboard cat',
	'shhhhh',
	'shhhhhh',
	'qwerty',
	'default',
	'example',
	'sastabazar',
];

/** Whether one of the well-known secrets signed it. */
export function hasWeakSecret({header, parts: [first, second, signature]}: Jwt): boolean {
	const bits = /^HS(256|384|512)$/.exec(String(header['alg']))?.[1];
	if (bits === undefined) return false;
	const given = Buffer.from(signature, 'base64url');
	return WEAK_SECRETS.some((secret) => {
		const made = createHmac(`sha${bits}`, secret).update(`${first}.${second}`).digest();
		return made.length === given.length && timingSafeEqual(made, given);
	});
}
