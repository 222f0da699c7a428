import * as z from 'zod';
import {argv, commandOrArgv, duration} from './fields.js';

const address = z.url({protocol: /^https?$/});

const haproxy = z.strictObject({
	kind: z.literal('haproxy'),
	address: z.string().min(1).describe('The admin socket: a path, or host:port'),
	map: z.string().min(1).default('/etc/haproxy/canary.map').describe('The map file, as haproxy.cfg names it'),
	stable: z.string().min(1).default('shop_stable').describe('The backend of the version that runs'),
	canary: z.string().min(1).default('shop_canary').describe('The backend of the version on trial'),
	ring: z
		.string()
		.min(1)
		.optional()
		.describe('The ring that requests are logged to; without it only counters are read'),
});

const nginx = z.strictObject({
	kind: z.literal('nginx'),
	file: z.string().min(1).describe('The split file, included by nginx.conf and written by sastaops alone'),
	log: z.string().min(1).describe('The access log of the template'),
	status: z
		.url({protocol: /^https?$/})
		.default('http://127.0.0.1:8099/sastaops-split')
		.describe('Where nginx tells what it runs'),
	test: argv.default('nginx -t -q'),
	reload: argv.default('nginx -s reload'),
});

const caddy = z.strictObject({
	kind: z.literal('caddy'),
	admin: z.string().min(1).default('http://127.0.0.1:2019').describe('The admin endpoint'),
	log: z.string().min(1).describe('The access log of the template'),
	id: z.string().min(1).default('shop-canary').describe('What stands behind sastaops: in the matcher of the canary'),
});

const gateway = z.strictObject({
	kind: z.literal('gateway'),
	admin: z.string().min(1).describe('The admin endpoint of "sastaops gateway": http://host:port, or unix:/path'),
	token: z.string().min(1).optional(),
});

const query = z.string().min(1);

const counter = z
	.union([
		query.refine(
			(text) => /\{(?:side|service)\}/.test(text),
			'must hold {side} or {service}, or be one query for each side',
		),
		z.strictObject({stable: query, canary: query}),
	])
	.describe('A counter as it is now, not a rate: with {side} or {service} in it, or one query for each side');

const kubernetes = z
	.strictObject({
		kind: z.literal('kubernetes'),
		kubeconfig: z
			.string()
			.min(1)
			.optional()
			.describe('A file; without it what kubectl takes, or the account of the pod'),
		context: z.string().min(1).optional().describe('Of the kubeconfig; its current one without it'),
		namespace: z.string().min(1).optional().describe('Of the route; without it that of the context'),
		route: z.string().min(1).optional().describe('The HTTPRoute whose weights are set'),
		rollout: z.string().min(1).optional().describe('Or the Rollout of Argo Rollouts, which sets them in its own steps'),
		stable: z.string().min(1).default('shop-stable').describe('The Service of the version that runs'),
		canary: z.string().min(1).default('shop-canary').describe('The Service of the version on trial'),
		prometheus: z
			.strictObject({
				url: address.describe('Where /api/v1 is'),
				token: z.string().min(1).optional().describe('Sent as a bearer'),
				requests: counter,
				errors: counter,
			})
			.describe('What counts the requests of each side: the gateway does, for Prometheus'),
	})
	.refine(({route, rollout}) => (route === undefined) !== (rollout === undefined), {
		message: 'must name either a route or a rollout',
		path: ['route'],
	});

const tolerance = z
	.string()
	.regex(/^\d+(?:\.\d+)? ?(?:points?|%)$/, 'must be such as "0.5 points" or "20 %"')
	.meta({examples: ['0.5 points', '20 %']});

const guard = z
	.union([
		z.literal('off'),
		z.strictObject({
			worse: tolerance.optional().describe('Proved worse than this, the canary goes back'),
			acceptable: tolerance.optional().describe('Proved no worse than this, the canary may go on'),
			weight: z.number().positive().max(1).optional().describe('Its share of the error probability'),
			total: z.string().min(1).optional().describe('The metric that counts the tries, such as payments_total'),
			bad: z
				.string()
				.min(1)
				.optional()
				.describe('The metric of the bad ones, such as payments_total{outcome="failed"}'),
			good: z.string().min(1).optional().describe('The metric of the good ones, for a rate that must not fall'),
		}),
	])
	.describe('One guard: its tolerances and metrics, or off');

export const canary = z
	.strictObject({
		splitter: z
			.discriminatedUnion('kind', [haproxy, nginx, caddy, gateway, kubernetes])
			.describe('What divides the traffic'),
		stable: z.array(address).min(1).describe('Each instance of the version that runs, asked one by one'),
		canary: z.array(address).min(1).describe('Each instance of the version on trial'),
		metrics: z
			.union([z.literal('none'), z.string().startsWith('/')])
			.default('/metrics')
			.describe('Where an instance tells its metrics for Prometheus'),
		metricsToken: z.string().min(1).optional().describe('Sent as a bearer to read them'),
		start: commandOrArgv
			.optional()
			.describe('Starts the instances of the version on trial; told as a deploy command is'),
		stop: commandOrArgv.optional().describe('Stops them'),
		promote: commandOrArgv
			.optional()
			.describe('Replaces the stable instances when all is well; without it release.deploy does'),
		stages: z
			.array(z.number().positive().max(100))
			.min(1)
			.default([5, 25, 50, 100])
			.refine((stages) => stages.every((stage, index) => index === 0 || stage > (stages[index - 1] ?? 0)), 'must rise')
			.describe('Percent of the traffic, stage by stage'),
		bake: duration.default('30m').describe('How long each stage is watched at least'),
		warmup: duration
			.default('1m')
			.describe('How long stable is watched before, and the canary served without being judged'),
		look: duration.default('5s').describe('How often the canary is looked at'),
		lag: duration
			.default('10m')
			.describe('How long after a change of the share rates such as checkouts per request wait'),
		lease: duration.default('2m').describe('Without a new look for so long the splitter itself goes back to 0 %'),
		drain: duration.default('30s').describe('How long requests under way may take before the canary is stopped'),
		alpha: z
			.number()
			.min(1e-6)
			.max(0.2)
			.default(0.01)
			.describe('Chance that a canary which is no worse is sent back, over all its stages'),
		beta: z.number().min(1e-6).max(0.2).default(0.05).describe('Chance that a guard is called fine and is not'),
		proof: z
			.enum(['weak', 'proven'])
			.default('weak')
			.describe('Go on only when every guard is proved fine, or else too, and say so'),
		leastRequests: z
			.number()
			.int()
			.min(1)
			.default(100)
			.describe('Requests of the canary a stage needs to mean anything'),
		maxHold: duration.default('60m').describe('How long a stage may wait for evidence'),
		onMaxHold: z.enum(['rollback', 'ask']).default('rollback').describe('What then'),
		guards: z.record(z.string().regex(/^[a-z][a-z0-9-]*$/), guard).default({}),
	})
	.describe('Real traffic for a new version, in steps');
