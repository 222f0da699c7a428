import * as z from 'zod';
import {duration} from './fields.js';

const SEVERITY_NAMES = ['critical', 'high', 'medium', 'low', 'info'] as const;

const path = z.string().startsWith('/');
const day = z
	.string()
	.regex(/^\d{4}-\d\d-\d\d$/, 'must be a day such as 2026-12-31')
	.refine((text) => new Date(`${text}T00:00:00Z`).toJSON()?.startsWith(text) === true, 'is no day of the calendar');

const suppression = z
	.strictObject({
		check: z.string().min(1).describe('The id of a check, such as headers.csp'),
		target: z.string().min(1).describe('The host it is for, such as shop.example, or * for all'),
		subject: z
			.string()
			.min(1)
			.optional()
			.describe('Only what a finding is about, as the report says it; * fits any text'),
		owner: z.string().min(1).describe('Who answers for it'),
		reason: z.string().min(15, 'must say why, in at least 15 characters'),
		expires: day.describe('The last day it holds, UTC; at most 180 days ahead, 30 for what is critical'),
	})
	.describe('A finding that is known and left for a while');

const origin = z
	.string()
	.regex(/^https?:\/\/[^/\s?#]+$/, 'must be an origin such as https://shop.example, without a path');

export const audit = z
	.strictObject({
		domain: z.string().min(1).optional().describe('What is audited; without it LIVE_DOMAIN, then shop.url'),
		api: z
			.string()
			.regex(/^(?:\/|https?:\/\/)/, 'must be a path such as /api, or an address')
			.optional()
			.describe('Where the API is; shop.api without it'),
		paths: z.array(path).max(10).default([]).describe('Further pages whose headers are judged, such as /checkout'),
		origins: z
			.array(origin)
			.default([])
			.describe('Other sites that may read the API from a browser; the shop’s own origin always may'),
		httpPort: z.number().int().min(1).max(65_535).optional().describe('Where plain http lives when it is not 80'),
		timeout: duration.default('15s').describe('For one request'),
		budget: z
			.strictObject({
				perSecond: z.number().gt(0).max(100).default(2).describe('Requests a second; not held on a private network'),
				total: z
					.number()
					.int()
					.min(1)
					.max(10_000)
					.optional()
					.describe('Requests and handshakes of a whole audit; 150 without it, 300 with --active or --staging'),
			})
			.prefault({}),
		failOn: z.enum(SEVERITY_NAMES).default('low').describe('The least severity that makes the answer no'),
		suppress: z.array(suppression).default([]),
		privateRoutes: z
			.array(path)
			.default(['/me', '/orders'])
			.describe('Below the API: what nobody may read without a log-in'),
		product: z
			.string()
			.regex(/^[\w-]{1,100}$/)
			.optional()
			.describe('The slug of a product that test orders may be made of; the cheapest in stock without it'),
		customer: z
			.strictObject({email: z.string().min(3), password: z.string().min(1)})
			.optional()
			.describe('A test customer: with it log-in, sessions and the shopper’s journey are tried'),
		otherCustomer: z
			.strictObject({email: z.string().min(3), password: z.string().min(1)})
			.optional()
			.describe('A second test customer, who must not see what is the first one’s'),
		razorpay: z
			.strictObject({
				keyId: z
					.string()
					.regex(/^rzp_(?:test|live)_\w+$/, 'must start with rzp_test_ or rzp_live_')
					.optional(),
				keySecret: z.string().min(1).optional(),
				webhookSecret: z.string().min(1).optional(),
				url: z.url({protocol: /^https?$/}).default('https://api.razorpay.com'),
			})
			.prefault({})
			.describe('What the shop itself uses; with it signatures can be made, and then spoiled'),
		environmentFile: z
			.string()
			.default('env.production')
			.describe('The variables of production, relative to the configuration file'),
		runbook: z
			.array(
				z.strictObject({
					id: z.string().regex(/^[a-z][a-z0-9-]{0,40}$/, 'must be small letters, digits and dashes'),
					question: z.string().min(1),
					phase: z.enum(['before', 'launch', 'post']).default('before'),
				}),
			)
			.refine((list) => new Set(list.map(({id}) => id)).size === list.length, 'has two questions of one id')
			.default([])
			.describe('Further questions of the checklists that only a person can answer'),
	})
	.describe('The audit of production');

export type AuditConfig = z.output<typeof audit>;

/** What of it must never be shown. */
export function auditSecrets({customer, otherCustomer, razorpay}: AuditConfig): string[] {
	return [
		customer?.password ?? '',
		otherCustomer?.password ?? '',
		razorpay.keySecret ?? '',
		razorpay.webhookSecret ?? '',
	];
}
