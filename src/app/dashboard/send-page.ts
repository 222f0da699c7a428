import type {FastifyReply} from 'fastify';

/** Its own script, style and data, and nothing else: no inline script, no inline style, nobody else's host. */
const PAGE_POLICY = [
	"default-src 'none'",
	"script-src 'self'",
	"style-src 'self'",
	"connect-src 'self'",
	"img-src 'self' data:",
	"form-action 'self'",
	"frame-ancestors 'none'",
	"base-uri 'none'",
].join(';');

export function sendPage(reply: FastifyReply, page: string): FastifyReply {
	return reply.header('content-security-policy', PAGE_POLICY).type('text/html; charset=utf-8').send(page);
}
