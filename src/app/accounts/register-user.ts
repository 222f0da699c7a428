import {ObjectId} from 'mongodb';
import {errorCode} from '../../kernel/errors.js';
import type {Shop} from '../shop.js';
import type {Hasher} from './hasher.js';

const DUPLICATE_KEY = 11000;

export type NewUser = {readonly email: string; readonly password: string; readonly name: string};

/**
 * Makes an account, unless there is one with this address. Which of the two is told to nobody, neither in the answer nor
 * by its time: the password is hashed and the account written, or tried to be, either way.
 */
export async function registerUser(shop: Shop, hasher: Hasher, {email, password, name}: NewUser): Promise<void> {
	const user = {
		_id: new ObjectId(),
		email: normalizeEmail(email),
		name,
		passwordHash: await hasher.hash(password),
		createdAt: new Date(shop.host.now()),
	};
	try {
		await shop.collections.users.insertOne(user);
	} catch (error) {
		if (errorCode(error) === DUPLICATE_KEY) return;
		throw error;
	}
	shop.events.emit({type: 'registration'});
}

/** As addresses are stored and looked for. */
export function normalizeEmail(email: string): string {
	return email.normalize('NFC').toLowerCase();
}
