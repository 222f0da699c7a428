import type {AuditContext} from '../../context.js';

/** Why checks of TLS are not asked: the target is plain http by its own address. */
export function whyNoTls({target}: AuditContext): string | undefined {
	return target?.isHttps === false ? `${target.origin} is plain http: there is no TLS to judge` : undefined;
}
