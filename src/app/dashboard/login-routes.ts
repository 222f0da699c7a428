import Type from 'typebox';
import {exactly} from '../answers.js';
import {limitsOf} from '../guard/limits.js';
import {isSameToken} from '../metrics/access.js';
import type {ShopServer} from '../server.js';
import type {Shop} from '../shop.js';
import {letIn} from './access.js';
import {renderLogin} from './page.js';
import {sendPage} from './send-page.js';

/** POST /dashboard/login, by a form that works without scripts: the one place where forms are read at all. */
export async function addLogin(app: ShopServer, shop: Shop): Promise<void> {
	const {settings, events, host} = shop;
	await app.register((form: ShopServer, _options, registered) => {
		form.addContentTypeParser(
			'application/x-www-form-urlencoded',
			{parseAs: 'string', bodyLimit: 4096},
			async (_request: unknown, body: string | Buffer) => Object.fromEntries(new URLSearchParams(String(body))),
		);
		form.post(
			'/dashboard/login',
			{
				schema: {hide: true, body: exactly({token: Type.String({maxLength: 1000})})},
				config: limitsOf(shop).login,
			},
			async ({body}, reply) => {
				const token = settings.DASHBOARD_TOKEN;
				if (token === undefined) return reply.redirect('/dashboard', 303);
				if (!isSameToken(body.token.trim(), token)) {
					events.emit({type: 'security', kind: 'login.failed', detail: {of: 'dashboard'}});
					return sendPage(reply.status(401), renderLogin(true));
				}
				letIn(reply, token, host.now());
				return reply.redirect('/dashboard', 303);
			},
		);
		registered();
	});
}
