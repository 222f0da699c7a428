// Answers what release tools ask GitHub, over TLS, each answer after the same delay, so that nobody's network decides.
import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:https';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';

/** Starts it; `folder` gets its certificate, which NODE_EXTRA_CA_CERTS must name. */
export async function startGitHub({folder, delayMs}) {
	const key = join(folder, 'key.pem');
	const certificate = join(folder, 'certificate.pem');
	execFileSync('openssl', [
		...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '1'],
		...['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', certificate],
	]);
	const requests = [];
	let state = {releases: [], deployments: []};
	const server = createServer({key: readFileSync(key), cert: readFileSync(certificate)}, async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const content = Buffer.concat(chunks);
		const {pathname, searchParams} = new URL(request.url, origin);
		requests.push(`${request.method} ${pathname}`);
		await delay(delayMs);
		const {status = 200, body} = answer({method: request.method, path: pathname, searchParams, content});
		response.writeHead(status, {'content-type': 'application/json; charset=utf-8'});
		response.end(body === undefined ? undefined : JSON.stringify(body));
	});
	await new Promise((done) => server.listen(0, '127.0.0.1', done));
	const origin = `https://127.0.0.1:${server.address().port}`;
	const repository = `${origin}/api/v3/repos/shop/sastabazar`;

	function answer({method, path, searchParams, content}) {
		const [, rest = ''] = /\/repos\/[^/]+\/[^/]+(\/.*)?$/.exec(path) ?? [];
		const json = () => JSON.parse(content.toString('utf8') || '{}');
		const [, id] = /\/(?:releases|deployments)\/(\d+)/.exec(rest) ?? [];
		const release = state.releases.find((known) => known.id === Number(id));
		const route = `${method} ${rest.replace(/\d+/, ':id').replace(/\/collaborators\/.*/, '/collaborators/:user')}`;
		if (path.endsWith('/user')) return {body: {login: 'asha', id: 1}};
		switch (route) {
			case 'GET ':
				return {body: {full_name: 'shop/sastabazar', html_url: origin, permissions: {push: true, admin: true}}};
			case 'GET /collaborators/:user':
				return {status: 204};
			case 'GET /releases':
				return {body: state.releases};
			case 'GET /releases/:id':
				return release ? {body: release} : {status: 404, body: {message: 'Not Found'}};
			case 'POST /releases':
				return {status: 201, body: addRelease(json())};
			case 'PATCH /releases/:id':
				return {body: Object.assign(release, json())};
			case 'GET /releases/:id/assets':
				return {body: release.assets};
			case 'POST /releases/:id/assets':
				return {status: 201, body: addAsset(release, searchParams.get('name'), content)};
			case 'GET /deployments':
				return {body: state.deployments};
			case 'POST /deployments':
				state.deployments.unshift({id: 1, statuses: [], ...json()});
				return {status: 201, body: state.deployments[0]};
			case 'GET /deployments/:id/statuses':
				return {body: state.deployments[0].statuses};
			case 'POST /deployments/:id/statuses':
				state.deployments[0].statuses.unshift({id: 1, ...json()});
				return {status: 201, body: state.deployments[0].statuses[0]};
			default:
				return {status: 404, body: {message: `no answer for ${route}`}};
		}
	}

	function addRelease(asked) {
		const id = state.releases.length + 1;
		state.releases.push({
			id,
			name: null,
			body: null,
			draft: false,
			prerelease: false,
			...asked,
			assets: [],
			html_url: `${origin}/shop/sastabazar/releases/${id}`,
			upload_url: `${origin}/api/uploads/repos/shop/sastabazar/releases/${id}/assets{?name,label}`,
		});
		return state.releases.at(-1);
	}

	function addAsset(release, name, content) {
		const digest = `sha256:${createHash('sha256').update(content).digest('hex')}`;
		release.assets.push({id: release.assets.length + 1, name, size: content.length, state: 'uploaded', digest});
		return release.assets.at(-1);
	}

	return {
		origin,
		url: `${origin}/api/v3`,
		repository,
		host: origin.slice('https://'.length),
		certificate,
		requests,
		/** Forgets every release, for the next run. */
		reset: () => {
			state = {releases: [], deployments: []};
			requests.length = 0;
		},
		close: () => {
			server.closeAllConnections();
			return new Promise((done) => server.close(done));
		},
	};
}
