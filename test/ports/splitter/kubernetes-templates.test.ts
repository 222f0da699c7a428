import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, it} from 'vitest';
import {parse, parseAllDocuments} from 'yaml';
import {openRouteWatchdog} from '../../../src/ports/splitter/kubernetes.js';
import {temporaryFolder} from '../../support/folder.js';
import {makeTestHost} from '../../support/host.js';
import {REAL_PARTS, type RealApiServer, startRealApiServer} from '../../support/kubernetes/real.js';
import {kubeconfigOf, makeWorld, openRoute, startStandInWorld} from '../../support/kubernetes/world.js';

const NAMES = {route: 'shop', stable: 'shop-stable', canary: 'shop-canary'};
const read = (name: string) => readFile(`templates/canary/kubernetes/${name}`, 'utf8');

describe('the templates for Kubernetes', () => {
	it('have a route that the published schema takes and the splitter can steer', async () => {
		const world = await startStandInWorld();
		const route = parse(await read('httproute.yaml'));
		await world.create({...route, metadata: {name: route.metadata.name}});
		const splitter = await openRoute(world);
		expect(await splitter.set({share: 0.05, leaseMs: 60_000, owner: 'run-1'})).toMatchObject({share: 0.05});
	});

	it('let the watchdog read and patch the one route, and nothing else', async () => {
		const rules = parseAllDocuments(await read('watchdog.yaml'))
			.map((document) => document.toJS())
			.filter(({kind}) => kind === 'Role' || kind === 'ClusterRole');
		expect(rules).toHaveLength(1);
		expect(rules[0].rules).toEqual([
			{
				apiGroups: ['gateway.networking.k8s.io'],
				resources: ['httproutes'],
				resourceNames: ['shop'],
				verbs: ['get', 'patch'],
			},
		]);
	});
});

describe.skipIf(REAL_PARTS === undefined)('the watchdog’s account, on kube-apiserver', () => {
	let real: RealApiServer | undefined;
	beforeAll(async () => {
		real = await startRealApiServer(REAL_PARTS ?? '');
	}, 180_000);
	afterAll(() => real?.close());

	it('can end a lease of its route, and can do nothing to another', async () => {
		if (real === undefined) throw new Error('it has been started');
		const world = await makeWorld(real, true);
		const place = (object: {metadata: {namespace?: string}; subjects?: {namespace: string}[]}) => {
			object.metadata.namespace = world.namespace;
			for (const subject of object.subjects ?? []) subject.namespace = world.namespace;
			return object;
		};
		const route = place(parse(await read('httproute.yaml')));
		await world.create(route);
		await world.create({...route, metadata: {...route.metadata, name: 'other'}});
		const paths: Record<string, string> = {
			ServiceAccount: `/api/v1/namespaces/${world.namespace}/serviceaccounts`,
			Role: `/apis/rbac.authorization.k8s.io/v1/namespaces/${world.namespace}/roles`,
			RoleBinding: `/apis/rbac.authorization.k8s.io/v1/namespaces/${world.namespace}/rolebindings`,
			Deployment: `/apis/apps/v1/namespaces/${world.namespace}/deployments`,
		};
		for (const document of parseAllDocuments(await read('watchdog.yaml'))) {
			const object = place(document.toJS());
			const {kind} = object as unknown as {kind: string};
			// Strict: a field that Kubernetes does not know is an error of the template.
			const {status, body} = await world.send('POST', `${paths[kind]}?fieldValidation=Strict`, object);
			expect({kind, status, body: status < 300 ? '' : body}).toMatchObject({kind, status: 201, body: ''});
		}
		const {body} = await world.send('POST', `${paths['ServiceAccount']}/sastaops-canary-watchdog/token`, {
			apiVersion: 'authentication.k8s.io/v1',
			kind: 'TokenRequest',
			spec: {},
		});
		const {token} = (body as {status: {token: string}}).status;
		const kubeconfig = join(await temporaryFolder(), 'kubeconfig');
		await writeFile(kubeconfig, kubeconfigOf({...real, token}, world.namespace));

		const splitter = await openRoute(world);
		await splitter.set({share: 0.25, leaseMs: 0, owner: 'run-1'});
		const {lapse} = openRouteWatchdog({kubeconfig, ...NAMES}, makeTestHost());
		expect(await lapse()).toMatchObject({kind: 'lapsed', share: 0.25});
		expect(await world.weights()).toMatchObject({'shop-canary': 0});
		const other = openRouteWatchdog({kubeconfig, ...NAMES, route: 'other'}, makeTestHost());
		await expect(other.lapse()).rejects.toMatchObject({
			code: 'SPLITTER_REFUSED',
			message: expect.stringContaining('does not allow to get'),
		});
	});
});
