import Type from 'typebox';
import {failures} from '../answers.js';
import {limitsOf} from '../guard/limits.js';
import {HttpError} from '../http-error.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import * as schemas from './account-schemas.js';
import {checkLogin} from './check-login.js';
import {openHasher} from './hasher.js';
import {requireSession, requireUser} from './login.js';
import {registerUser} from './register-user.js';
import {ACCESS_SECONDS, closeSession, openSession, refreshSession} from './session.js';

const ACCEPTED = {status: 'accepted', message: 'If this address was new here, you can log in with it now'} as const;

/** Registering, logging in and out, and who one is. */
export function addAccounts(app: ShopServer, shop: Shop): void {
	addRegistration(app, shop);
	addSessions(app, shop);

	app.get(
		'/api/me',
		{
			schema: {
				summary: 'Who is logged in',
				security: [{session: []}],
				tags: ['accounts'],
				response: {200: schemas.user, ...failures(401)},
			},
		},
		async (request) => {
			const _id = await requireUser(shop, request);
			const projection = {email: 1, name: 1} as const;
			const user = await shop.collections.users.findOne({_id}, {projection});
			if (user === null) throw new HttpError(401, 'LOGIN_REQUIRED', 'Log in first');
			return {id: user._id.toHexString(), email: user.email, name: user.name};
		},
	);
}

/** One hasher for both ways to be let in: they share the memory. */
function addRegistration(app: ShopServer, shop: Shop): void {
	const limits = limitsOf(shop);
	const hasher = openHasher(shop.host.randomHex(16), shop.passwordCost);

	app.post(
		'/api/users',
		{
			config: limits.registration,
			schema: {
				summary: 'Register; the answer does not tell whether there was such an account',
				tags: ['accounts'],
				body: schemas.newUser,
				response: {202: schemas.accepted, ...failures(400, 503)},
			},
		},
		async ({body}, reply) => {
			await registerUser(shop, hasher, body);
			return reply.status(202).send(ACCEPTED);
		},
	);

	app.post(
		'/api/sessions',
		{
			config: limits.login,
			schema: {
				summary: 'Log in',
				tags: ['accounts'],
				body: schemas.logIn,
				response: {201: schemas.session, ...failures(400, 401, 503)},
			},
		},
		async ({body}, reply) => {
			const {_id, email, name} = await checkLogin(shop, hasher, body);
			const tokens = await openSession(shop, _id);
			const user = {id: _id.toHexString(), email, name};
			return reply
				.status(201)
				.header('cache-control', 'no-store')
				.send({...tokens, expiresInSeconds: ACCESS_SECONDS, user});
		},
	);
}

function addSessions(app: ShopServer, shop: Shop): void {
	app.post(
		'/api/sessions/refresh',
		{
			schema: {
				summary: 'New tokens for a refresh token; used twice it ends the session',
				tags: ['accounts'],
				body: schemas.refresh,
				response: {200: schemas.refreshed, ...failures(400, 401)},
			},
		},
		async ({body}, reply) => {
			const tokens = await refreshSession(shop, body.refreshToken);
			return reply.header('cache-control', 'no-store').send({...tokens, expiresInSeconds: ACCESS_SECONDS});
		},
	);

	app.delete(
		'/api/sessions',
		{
			schema: {
				summary: 'Log out',
				security: [{session: []}],
				tags: ['accounts'],
				response: {204: Type.Null(), ...failures(401)},
			},
		},
		async (request, reply) => {
			const {_id} = await requireSession(shop, request);
			await closeSession(shop, _id);
			return reply.status(204).send(null);
		},
	);
}
