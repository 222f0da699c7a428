import type {FastifyReply} from 'fastify';

/** Its own script, style and data, and nothing else: no inline script, no inline style, nobody else's host. */
export const PAGE_POLICY = {
	contentSecurityPolicy: {
		useDefaults: false,
		directives: {
			defaultSrc: ["'none'"],
			scriptSrc: ["'self'"],
			styleSrc: ["'self'"],
			connectSrc: ["'self'"],
			imgSrc: ["'self'", 'data:'],
			formAction: ["'self'"],
			frameAncestors: ["'none'"],
			baseUri: ["'none'"],
		},
	},
};

export function sendPage(reply: FastifyReply, page: string): FastifyReply {
	return reply.type('text/html; charset=utf-8').send(page);
}
