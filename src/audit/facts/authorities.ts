/**
 * Public authorities: words of the organisation in an issuer's name, and the domains they answer to in CAA records, as
 * their own documents say.
 */
export const AUTHORITIES: readonly {readonly words: RegExp; readonly domains: readonly string[]}[] = [
	{words: /let'?s encrypt/i, domains: ['letsencrypt.org']},
	{words: /google trust services/i, domains: ['pki.goog', 'google.com']},
	{
		words: /digicert|geotrust|rapidssl|thawte/i,
		domains: [
			'digicert.com',
			'www.digicert.com',
			'digicert.ne.jp',
			'geotrust.com',
			'rapidssl.com',
			'thawte.com',
			'symantec.com',
		],
	},
	{
		words: /sectigo|comodo|zerossl|usertrust/i,
		domains: ['sectigo.com', 'comodo.com', 'comodoca.com', 'usertrust.com', 'trust-provider.com', 'zerossl.com'],
	},
	{words: /amazon/i, domains: ['amazon.com', 'amazontrust.com', 'awstrust.com', 'amazonaws.com']},
	{words: /globalsign/i, domains: ['globalsign.com']},
	{words: /godaddy|go daddy|starfield/i, domains: ['godaddy.com', 'starfieldtech.com']},
	{words: /^ssl corp|ssl\.com/i, domains: ['ssl.com']},
	{words: /buypass/i, domains: ['buypass.com', 'buypass.no']},
	{words: /entrust/i, domains: ['entrust.net', 'affirmtrust.com']},
	{words: /certum|asseco/i, domains: ['certum.pl', 'certum.eu']},
	{words: /emsign|emudhra/i, domains: ['emsign.com']},
	{words: /identrust/i, domains: ['identrust.com']},
	{words: /harica/i, domains: ['harica.gr']},
	{words: /actalis/i, domains: ['actalis.it']},
];
