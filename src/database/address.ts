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

/** Whether a host is this machine. */
export function isLocal(host: string): boolean {
	return (
		host === 'localhost' || host === '::1' || /^127\./.test(host) || host.endsWith('.sock') || host.includes('%2f')
	);
}
