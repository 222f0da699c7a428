import type {FastifyInstance} from 'fastify';
import {ObjectId} from 'mongodb';
import {errorCode} from '../../kernel/errors.js';
import {limitsOf} from '../guard/limits.js';
import {HttpError} from '../http-error.js';
import type {Shop} from '../shop.js';
import {openSession} from './login.js';
import {hashPassword, isPassword} from './password.js';

const DUPLICATE_KEY = 11000;

const email = {type: 'string', maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$'} as const;
const password = {type: 'string', minLength: 8, maxLength: 200} as const;

const newUser = {
	type: 'object',
	required: ['email', 'password', 'name'],
	additionalProperties: false,
	properties: {email, password, name: {type: 'string', minLength: 1, maxLength: 200}},
} as const;

const login = {
	type: 'object',
	required: ['email', 'password'],
	additionalProperties: false,
	properties: {email, password},
} as const;

type Login = {email: string; password: string};

/** POST /api/users registers, POST /api/sessions logs in; both answer with a bearer token. */
export function addAccounts(app: FastifyInstance, shop: Shop): void {
	const {users} = shop.collections;
	const limits = limitsOf(shop);
	const unknownUserHash = hashPassword(shop.host.randomHex(16));

	app.post<{Body: Login & {name: string}}>(
		'/api/users',
		{config: limits.registration, schema: {body: newUser}},
		async ({body}, reply) => {
			const user = {
				_id: new ObjectId(),
				email: body.email.toLowerCase(),
				name: body.name,
				passwordHash: await hashPassword(body.password),
				createdAt: new Date(shop.host.now()),
			};
			await users.insertOne(user).catch((error: unknown) => {
				if (errorCode(error) !== DUPLICATE_KEY) throw error;
				throw new HttpError(409, 'EMAIL_TAKEN', 'There is an account with this address');
			});
			const token = await openSession(shop, user._id);
			return reply.status(201).send({id: user._id.toHexString(), email: user.email, name: user.name, token});
		},
	);

	app.post<{Body: Login}>('/api/sessions', {config: limits.login, schema: {body: login}}, async ({body}, reply) => {
		const user = await users.findOne({email: body.email.toLowerCase()});
		// An unknown address costs the same time as a wrong password, so that the answer's time tells nothing.
		const isRight = await isPassword(body.password, user?.passwordHash ?? (await unknownUserHash));
		if (user === null || !isRight) throw new HttpError(401, 'LOGIN_FAILED', 'The address or the password is wrong');
		const token = await openSession(shop, user._id);
		return reply.status(201).send({id: user._id.toHexString(), email: user.email, name: user.name, token});
	});
}
