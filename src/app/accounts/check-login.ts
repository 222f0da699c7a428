import {createHash} from 'node:crypto';
import type {User} from '../documents.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';
import type {Hasher} from './hasher.js';
import {normalizeEmail} from './register-user.js';

export type Credentials = {readonly email: string; readonly password: string};

/**
 * Who has this address and this password. An unknown address and a wrong password get the same answer in the same time.
 * @throws HttpError 401 LOGIN_FAILED
 */
export async function checkLogin(shop: Shop, hasher: Hasher, {email, password}: Credentials): Promise<User> {
	const address = normalizeEmail(email);
	const user = await shop.collections.users.findOne({email: {$eq: address}});
	if ((await hasher.isRight(password, user?.passwordHash)) && user !== null) return user;
	shop.events.emit({type: 'security', kind: 'login.failed', detail: {addressHash: shortHash(address)}});
	throw new HttpError(401, 'LOGIN_FAILED', 'The address or the password is wrong');
}

/** Enough to see that it is the same address again, and not whose it is. */
function shortHash(address: string): string {
	return createHash('sha256').update(address).digest('hex').slice(0, 16);
}
