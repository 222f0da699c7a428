/** What each origin that is tried would prove, were it let in. */
export const ORIGIN_KINDS = {
	own: 'the shop itself',
	declared: 'an origin of audit.origins',
	evil: 'any site',
	null: 'a page in a sandbox, which any site can open',
	localhost: 'a program on the customer’s own machine, left from development',
	downgrade: 'the shop over plain http, where anybody on the way can speak for it',
	prefix: 'a host that begins like the shop',
	suffix: 'a host that ends like the shop',
	dot: 'a host with another letter in the place of a dot',
	subdomain: 'a subdomain that is not listed',
	port: 'another program on the shop’s machine',
	capitals: 'the shop in capitals, which no browser sends',
} as const;

export type OriginKind = keyof typeof ORIGIN_KINDS;
export type TriedOrigin = {readonly kind: OriginKind; readonly origin: string};

/** The origins to try, the most telling first; none that is allowed stands for a stranger. */
export function originsToTry(shop: string, allowed: readonly string[]): readonly TriedOrigin[] {
	const {protocol, hostname, port, host} = new URL(shop);
	const isName = /[a-z]/i.test(hostname) && !hostname.startsWith('[');
	const name = (origin: string) => (isName ? [origin] : []);
	const behind = port === '' ? '' : `:${port}`;
	const strangers: readonly (readonly [OriginKind, readonly string[]])[] = [
		['evil', ['https://evil.example']],
		['null', ['null']],
		['localhost', ['http://localhost:3000']],
		['downgrade', protocol === 'https:' ? [`http://${host}`] : []],
		['prefix', name(`${protocol}//${hostname}.evil.example`)],
		['suffix', name(`${protocol}//evil${host}`)],
		['dot', hostname.includes('.') && isName ? [`${protocol}//${hostname.replace('.', 'x')}${behind}`] : []],
		['subdomain', name(`${protocol}//sub.${host}`)],
		['port', [`${protocol}//${hostname}:${port === '8443' ? '9443' : '8443'}`]],
		['capitals', name(`${protocol}//${host.toUpperCase()}`)],
	];
	const known = new Set([shop, ...allowed]);
	return [
		{kind: 'own', origin: shop},
		...allowed.filter((origin) => origin !== shop).map((origin): TriedOrigin => ({kind: 'declared', origin})),
		...strangers.flatMap(([kind, origins]) =>
			origins.filter((origin) => !known.has(origin)).map((origin): TriedOrigin => ({kind, origin})),
		),
	];
}
