import type {AuditConfig} from '../../kernel/config/audit.js';

export const PHASES = ['before', 'launch', 'post'] as const;
export type Phase = (typeof PHASES)[number];

/** One line of a checklist. */
export type ChecklistItem = {
	/** Stable: answers are kept under it. */
	readonly id: string;
	readonly phase: Phase;
	/** What holds when it is done. */
	readonly text: string;
	/** Groups and ids of checks, as `sastaops audit` takes them; none for what only a person can answer. */
	readonly checks: readonly string[];
};

const asked = (phase: Phase, id: string, text: string, checks: readonly string[]): ChecklistItem => ({
	id,
	phase,
	text,
	checks,
});
const personal = (phase: Phase, id: string, text: string): ChecklistItem => ({id, phase, text, checks: []});

/** What has to hold before a shop opens, on the night, and in the days after. */
const ITEMS: readonly ChecklistItem[] = [
	asked('before', 'domain', 'The domain leads to the shop, by https, under one name', ['domain']),
	asked('before', 'tls', 'TLS is current, and the certificate will last', ['tls']),
	asked('before', 'headers', 'Browsers are told to protect customers', ['headers']),
	asked('before', 'cors', 'No other site can read the API in a customer’s name', ['cors']),
	asked('before', 'content', 'Nothing is served that should not be', ['content']),
	asked('before', 'health', 'Health and metrics tell the truth', ['health']),
	asked('before', 'payments', 'Payments cannot be forged, and the keys are the right ones', [
		'payments',
		'environment.keys',
	]),
	asked('before', 'webhooks', 'Webhooks are believed only when they are signed', ['webhooks']),
	asked('before', 'log-in', 'Log-in, sessions and private pages hold', ['auth']),
	asked('before', 'limits', 'Guessing and flooding are slowed down', ['ratelimit', 'input']),
	asked('before', 'database', 'The database has its indexes, and a user with few rights', ['database']),
	asked('before', 'backups', 'There is a fresh backup, verified and restored once', ['backups']),
	asked('before', 'packages', 'No known hole and no secret in what is shipped', ['supply']),
	asked('before', 'environment', 'Every setting of production is set', ['environment']),
	personal('before', 'rollback-tried', 'A rollback was tried on staging, and how long it took is known'),
	personal(
		'before',
		'on-call',
		'Somebody is on call in the night of the launch, and a test alert has reached them (sastaops alert test)',
	),
	personal('before', 'load-tried', 'The shop was tried with the customers that are expected, three times over'),
	personal(
		'before',
		'razorpay-active',
		'The Razorpay account is activated for live payments, and its webhook points to the live shop',
	),
	personal(
		'before',
		'legal-pages',
		'Terms, privacy, refunds, shipping and contact are on the site; Razorpay asks for them',
	),
	personal(
		'before',
		'dns-lifetime',
		'The lifetime of the DNS records was lowered a day ahead, so that a change is quick',
	),

	asked('launch', 'live-version', 'The released version is what is live', ['deployment']),
	asked('launch', 'journey', 'A shopper can browse, log in, order and see the order', ['smoke']),
	asked('launch', 'health', 'The shop and its database are healthy', ['health']),
	asked('launch', 'payment-keys', 'Payments are live, and nothing else is', [
		'payments.mode',
		'payments.credentials',
		'environment.keys',
	]),
	asked('launch', 'backup', 'A backup of before the launch is there', ['backup.freshness']),
	personal('launch', 'real-order', 'A real order was paid with a real card, arrived, and was refunded'),
	personal('launch', 'watching', 'Somebody watches for the first hours (sastaops slo watch --for 48h)'),
	personal('launch', 'way-back', 'Who decides on a rollback, and by what sign, is agreed'),

	asked('post', 'objectives', 'The objectives hold', ['slo']),
	asked('post', 'speed', 'Pages come quickly', ['performance']),
	asked('post', 'certificate', 'The certificate renews itself in time', ['tls.cert.expiry']),
	asked('post', 'backups', 'Backups are made every day, and verified', ['backups']),
	asked('post', 'packages', 'No new hole in what is shipped', ['deps.audit']),
	asked('post', 'connections', 'The database has connections left', ['db.connections', 'db.explain']),
	personal('post', 'settlement', 'Razorpay’s settlement equals the paid orders of the shop, to the paisa'),
	personal('post', 'errors-read', 'The errors of the first days were read, and the frequent ones have an owner'),
	personal('post', 'look-back', 'What went wrong, and what is done about it, is written down'),
];

/** The items of a phase, those of the configuration at the end. */
export function checklistItems(phase: Phase, {runbook}: Pick<AuditConfig, 'runbook'>): readonly ChecklistItem[] {
	return [...ITEMS, ...ownItems(runbook)].filter((item) => item.phase === phase);
}

/** Everything only a person can answer, of all phases. */
export function personalItems({runbook}: Pick<AuditConfig, 'runbook'>): readonly ChecklistItem[] {
	return [...ITEMS, ...ownItems(runbook)].filter(({checks}) => checks.length === 0);
}

function ownItems(runbook: AuditConfig['runbook']): readonly ChecklistItem[] {
	return runbook.map(({id, question, phase}) => personal(phase, id, question));
}
