/** The hosts of an address, without ports. */
export function hostsOf(uri: string): string[] {
	const list = /^mongodb(?:\+srv)?:\/\/(?:[^/]*@)?([^/?]+)/.exec(uri)?.[1] ?? '';
	return list.split(',').map((host) =>
		host
			.replace(/:\d+$/, '')
			.replace(/^\[(.*)\]$/, '$1')
			.toLowerCase(),
	);
}

/** Loopback, or a socket in the file system: nothing leaves this machine. */
export function isLocal(host: string): boolean {
	return (
		host === 'localhost' || host === '::1' || /^127\./.test(host) || host.endsWith('.sock') || host.includes('%2f')
	);
}

/** Whether the address asks for an encrypted connection; `mongodb+srv` does unless it says otherwise. */
export function hasTls(uri: string): boolean {
	if (/[?&](?:tls|ssl)=true/i.test(uri)) return true;
	return uri.startsWith('mongodb+srv:') && !/[?&](?:tls|ssl)=false/i.test(uri);
}

/** Whether the address lets a certificate pass that proves nothing. */
export function trustsAnybody(uri: string): boolean {
	return /[?&](?:tlsInsecure|tlsAllowInvalidCertificates|tlsAllowInvalidHostnames)=true/i.test(uri);
}

/** MongoDB's own cloud, where roles are made elsewhere and small tiers refuse many questions. */
export function isAtlas(uri: string): boolean {
	return hostsOf(uri).some((host) => host.endsWith('.mongodb.net'));
}

/**
 * The address without its user. `mongodb+srv` would add the options of its TXT record, authSource among them: no more than
 * a database's name.
 */
export function withoutLogIn(uri: string): string {
	return uri
		.replace(/^(mongodb(?:\+srv)?:\/\/)[^/]*@/, '$1')
		.replace(/([?&])auth(?:Source|Mechanism|MechanismProperties)=[^&]*/gi, '$1');
}

/** An option of the address, by its name in any case. */
export function optionOf(uri: string, name: string): string | undefined {
	const wanted = name.toLowerCase();
	return [...new URLSearchParams(uri.split('?')[1] ?? '')].find(([key]) => key.toLowerCase() === wanted)?.[1];
}
