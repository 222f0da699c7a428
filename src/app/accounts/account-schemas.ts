import Type from 'typebox';
import {exactly} from '../answers.js';
import {ACCESS_SECONDS} from './session.js';

const email = Type.String({maxLength: 254, pattern: '^[^\\s@]+@[^\\s@]+\\.[^\\s@]+$'});
const name = Type.String({minLength: 1, maxLength: 200});

export const newUser = exactly({
	email,
	// Long enough to be hard to guess, short enough to be cheap to hash.
	password: Type.String({minLength: 12, maxLength: 128}),
	name,
});

export const accepted = exactly({status: Type.Literal('accepted'), message: Type.String()});

export const logIn = exactly({email, password: Type.String({minLength: 1, maxLength: 128})});

export const refresh = exactly({refreshToken: Type.String({minLength: 1, maxLength: 128})});

export const user = exactly({id: Type.String(), email: Type.String(), name: Type.String()});

const tokens = {
	accessToken: Type.String({description: '`Authorization: Bearer …` for the requests of the next minutes'}),
	refreshToken: Type.String({description: 'For POST /api/sessions/refresh, once'}),
	expiresInSeconds: Type.Literal(ACCESS_SECONDS),
};

export const session = exactly({...tokens, user});

export const refreshed = exactly(tokens);
