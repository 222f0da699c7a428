import type {KnownSite} from './known-sites.js';

const PAGE = (inside: string) => `<!doctype html><html><head><title>Shop</title></head><body>${inside}</body></html>`;
const SCRIPT = (text: string) => ({'assets/shop.js': text});
const SOURCE_MAP = (more: object) =>
	JSON.stringify({version: 3, sources: ['src/shop.ts'], names: [], mappings: 'AAAA', ...more});
const TRACE = `TypeError: Cannot read properties of undefined (reading id)\\n    at getProduct (/srv/shop/routes/products.js:10:5)\\n    at Layer.handle`;
const ENV = 'NODE_ENV=production\nMONGODB_URI=mongodb://shop:hunter22@db/shop\nJWT_SECRET=not-a-real-one\n';
const METRICS =
	'# HELP http_requests_total Requests\n# TYPE http_requests_total counter\nhttp_requests_total{route="/"} 12\n';
const INDEX = 'location / { try_files $uri $uri/ =404; }';
/** Nothing of what is a real key is here: letters by chance. */
const KEY_ID = 'rzp_live_Ab3dEf6hIj9kLm';
const KEY_SECRET = 'Qw3rTy7uIoP1aSd5fGh9jKl2';

export const CONTENT_SITES: readonly KnownSite[] = [
	{name: 'env', files: {'.env': ENV}, found: ['fail content.files']},
	{
		name: 'env-as-page',
		files: {'.env': ENV},
		https: `location ~ \\.env { default_type text/html; try_files $uri =404; } ${INDEX}`,
		found: ['fail content.files'],
	},
	{
		name: 'git',
		files: {'.git/HEAD': 'ref: refs/heads/main\n', '.git/config': '[core]\n\tbare = false\n'},
		found: ['fail content.files'],
	},
	{name: 'dump', files: {'backup.tar.gz': Buffer.from('1f8b0800000000000003', 'hex')}, found: ['fail content.files']},
	{
		name: 'package',
		files: {'package.json': JSON.stringify({name: 'shop', dependencies: {fastify: '5.0.0'}})},
		found: ['fail content.files'],
	},
	{
		name: 'key',
		files: {'server.key': '-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49\n'},
		found: ['fail content.files'],
	},
	{
		name: 'env-behind-single-page',
		files: {'.env': ENV},
		https: 'location / { try_files $uri /index.html; }',
		found: ['fail content.files'],
	},
	{name: 'key-secret', files: SCRIPT(`const o={key:"${KEY_ID}",s:"${KEY_SECRET}"};`), found: ['fail content.secrets']},
	{
		name: 'database-url',
		files: {
			'index.html': PAGE('<script>const db="mongodb+srv://shop:hunter22@cluster0.abcde.mongodb.net/shop"</script>'),
		},
		found: ['fail content.secrets'],
	},
	{
		name: 'source-map',
		files: {
			...SCRIPT('let a=1\n//# sourceMappingURL=shop.js.map\n'),
			'assets/shop.js.map': SOURCE_MAP({sourcesContent: ['let a = 1']}),
		},
		found: ['warn content.sourcemaps'],
	},
	{
		name: 'unnamed-source-map',
		files: {'assets/shop.js.map': SOURCE_MAP({sourcesContent: ['let a = 1']})},
		found: ['warn content.sourcemaps'],
	},
	{name: 'listing', https: `location /assets/ { autoindex on; } ${INDEX}`, found: ['fail content.listing']},
	{
		name: 'mixed-script',
		files: {'index.html': PAGE('<script src="http://cdn.example/a.js"></script>')},
		found: ['fail content.mixed'],
	},
	{
		name: 'mixed-image',
		files: {'index.html': PAGE('<img src="http://cdn.example/a.png">')},
		found: ['warn content.mixed'],
	},
	{
		name: 'plain-form',
		files: {'index.html': PAGE('<form action="http://shop.example/search"></form>')},
		found: ['fail content.mixed'],
	},
	{
		name: 'swagger',
		files: {'docs/index.html': PAGE('<div id="swagger-ui"></div><script src="./swagger-ui-bundle.js"></script>')},
		found: ['warn content.docs'],
	},
	{
		name: 'openapi',
		files: {'openapi.json': JSON.stringify({openapi: '3.0.3', paths: {'/admin': {}}})},
		found: ['warn content.docs'],
	},
	{
		name: 'metrics',
		https: `location = /metrics { default_type text/plain; return 200 '${METRICS}'; } ${INDEX}`,
		found: ['fail content.metrics'],
	},
	{name: 'no-security-txt', files: {'.well-known/security.txt': undefined}, found: ['warn content.securitytxt']},
	{
		name: 'old-security-txt',
		files: {'.well-known/security.txt': 'Contact: mailto:a@shop.example\nExpires: 2024-01-01T00:00:00Z\n'},
		found: ['fail content.securitytxt'],
	},
	{
		name: 'endless-security-txt',
		files: {'.well-known/security.txt': 'Contact: mailto:a@shop.example\n'},
		found: ['fail content.securitytxt'],
	},
	{name: 'robots-of-staging', files: {'robots.txt': 'User-agent: *\nDisallow: /\n'}, found: ['warn content.robots']},
	{name: 'robots-of-doors', files: {'robots.txt': 'User-agent: *\nDisallow: /admin\n'}, found: ['warn content.robots']},
	{
		name: 'trace-in-error',
		https: `error_page 404 @gone; location @gone { default_type application/json; return 404 '{"error":"${TRACE}"}'; } ${INDEX}`,
		found: ['fail http.errors'],
	},
	{
		name: 'database-error',
		https: `location /api/products/ { default_type application/json; return 400 '{"message":"CastError: Cast to ObjectId failed"}'; } ${INDEX}`,
		found: ['fail http.errors'],
	},
];

/** Each has something that looks like a defect, and is none. */
export const CONTENT_TRAPS: readonly KnownSite[] = [
	{name: 'fine-single-page', https: 'location / { try_files $uri /index.html; }', found: []},
	{
		name: 'fine-soft-404',
		https: `error_page 404 =200 /gone.html; ${INDEX}`,
		files: {'gone.html': PAGE('There is no such page')},
		found: [],
	},
	{
		name: 'fine-text-for-all',
		https: `location = /index.html {} location /assets/ {} location /.well-known/ {} location = /robots.txt {} location = / { try_files /index.html =404; } location / { default_type text/plain; return 200 'OK_STATUS=1\nOK_VERSION=2\n'; }`,
		found: [],
	},
	{
		name: 'fine-forbidden',
		https:
			`location ~ /\\. { deny all; } location /.well-known/ { try_files $uri =404; } location = /metrics { deny all; } ${INDEX}`.replace(
				'location /.well-known/',
				'location ^~ /.well-known/',
			),
		files: {'.env': ENV},
		found: [],
	},
	{
		name: 'fine-key-id',
		files: SCRIPT(
			`var Razorpay={key:"${KEY_ID}",order:"507f1f77bcf86cd799439011",key_secret:"YOUR_KEY_SECRET"};var pem="-----BEGIN PRIVATE KEY-----"`,
		),
		found: [],
	},
	{
		name: 'fine-source-map',
		files: {...SCRIPT('let a=1\n//# sourceMappingURL=shop.js.map\n'), 'assets/shop.js.map': SOURCE_MAP({})},
		found: [],
	},
	{
		name: 'fine-words',
		files: {
			'index.html': PAGE(
				'<h1>Index of our products</h1><a href="http://other.example/">at home (a:1:2)</a><link rel="canonical" href="http://shop.example/">',
			),
			'docs/index.html': PAGE('How to use Swagger and /metrics'),
			'package.json': '{"name":"shop"}',
		},
		found: [],
	},
	{
		name: 'fine-upgraded',
		headers: `add_header Strict-Transport-Security "max-age=63072000; includeSubDomains" always; add_header Content-Security-Policy "upgrade-insecure-requests" always;`,
		files: {'index.html': PAGE('<img src="http://cdn.example/a.png">')},
		found: [],
	},
	{
		name: 'fine-landing',
		https: `location = / { return 302 /en/; } ${INDEX}`,
		files: {'en/index.html': PAGE('<img src="/assets/logo.svg">')},
		found: [],
	},
	{
		name: 'fine-api',
		https: `location / { default_type application/json; return 404 '{"error":"NOT_FOUND"}'; } location /.well-known/ { try_files $uri =404; }`,
		found: [],
	},
];
