/** What can be chosen by name: `sastaops audit tls payments`. In the order of the report. */
export const GROUPS = {
	domain: 'DNS, redirects, the one canonical host',
	tls: 'TLS versions, ciphers, certificate, HSTS',
	headers: 'security headers, Content-Security-Policy, cookies, caching',
	cors: 'which other sites may read the API',
	content: 'exposed files, secrets, source maps, stack traces, listings',
	health: 'the health and metrics contract',
	slo: 'whether the objectives hold now',
	performance: 'time to the first byte',
	auth: 'private routes, tokens, sessions',
	ratelimit: 'limits, 429 and Retry-After',
	input: 'operators, prototype keys, oversize bodies',
	payments: 'orders, prices and signatures of payments',
	webhooks: 'signatures and replays of webhooks',
	smoke: 'a shopper’s journey in test mode',
	database: 'name, indexes, privileges, pool',
	backups: 'freshness, verification, rehearsal',
	supply: 'dependencies, lock file, secrets in the repository',
	deployment: 'the version that is live, and its tag',
	environment: 'variables of production',
	runbook: 'what only a person can answer',
} as const;

export type GroupName = keyof typeof GROUPS;
export const GROUP_NAMES = Object.keys(GROUPS) as readonly GroupName[];

/** Further words people type, each for some groups. */
export const ALIASES: Readonly<Record<string, readonly GroupName[]>> = {
	dns: ['domain'],
	redirects: ['domain'],
	ssl: ['tls'],
	security: ['tls', 'headers', 'cors', 'content', 'auth', 'ratelimit', 'input'],
	metrics: ['health'],
	perf: ['performance'],
	limits: ['ratelimit'],
	'rate-limits': ['ratelimit'],
	rate: ['ratelimit'],
	authentication: ['auth'],
	sessions: ['auth'],
	validation: ['input'],
	pay: ['payments'],
	webhook: ['webhooks'],
	db: ['database'],
	backup: ['backups'],
	deps: ['supply'],
	'supply-chain': ['supply'],
	deploy: ['deployment'],
	env: ['environment'],
};
