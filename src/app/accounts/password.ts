import {randomBytes, type ScryptOptions, scrypt, timingSafeEqual} from 'node:crypto';
import {promisify} from 'node:util';

const derive = promisify<string, Buffer, number, ScryptOptions, Buffer>(scrypt);

/** As Node's scrypt takes them. */
export type PasswordCost = {readonly N: number; readonly r: number; readonly p: number};

/** 32 MiB and three passes: OWASP's Password Storage Cheat Sheet, scrypt. */
export const PASSWORD_COST: PasswordCost = {N: 2 ** 15, r: 8, p: 3};
const KEY_BYTES = 32;

/** `scrypt$N$r$p$salt$key`, the last two in base64. */
export async function hashPassword(password: string, cost = PASSWORD_COST): Promise<string> {
	const salt = randomBytes(16);
	const key = await deriveKey(password, salt, cost);
	return ['scrypt', cost.N, cost.r, cost.p, salt.toString('base64'), key.toString('base64')].join('$');
}

/** Whether `hashPassword` made it. */
export function isPasswordHash(text: string): boolean {
	return /^scrypt\$\d+\$\d+\$\d+\$[\w+/=]+\$[\w+/=]+$/.test(text);
}

/** Takes as long as hashing does, whatever the answer. */
export async function isPassword(password: string, hash: string): Promise<boolean> {
	const [, N, r, p, salt = '', key = ''] = hash.split('$');
	const expected = Buffer.from(key, 'base64');
	const actual = await deriveKey(password, Buffer.from(salt, 'base64'), {N: Number(N), r: Number(r), p: Number(p)});
	return actual.length === expected.length && timingSafeEqual(actual, expected);
}

function deriveKey(password: string, salt: Buffer, cost: PasswordCost): Promise<Buffer> {
	// The same password typed on two keyboards may be composed differently.
	return derive(password.normalize('NFKC'), salt, KEY_BYTES, {...cost, maxmem: 64 * 1024 * 1024});
}
