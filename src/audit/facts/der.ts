/** One value of DER: its tag, what is in it, and what follows it. */
type Value = {readonly tag: number; readonly body: Buffer; readonly rest: Buffer};

const SEQUENCE = 0x30;
const OBJECT_ID = 0x06;

/** How a certificate is signed, in words such as `sha256`; undefined for what is not known. */
export type SignatureHash = 'md2' | 'md5' | 'sha1' | 'strong';

/** Algorithms that a forged certificate can be made for; RSA-PSS names its hash in its parameters. */
const HASHES: Readonly<Record<string, SignatureHash>> = {
	'1.2.840.113549.1.1.2': 'md2',
	'1.2.840.113549.1.1.4': 'md5',
	'1.2.840.113549.1.1.5': 'sha1',
	'1.2.840.10040.4.3': 'sha1',
	'1.2.840.10045.4.1': 'sha1',
	'1.3.14.3.2.29': 'sha1',
};
const RSA_PSS = '1.2.840.113549.1.1.10';

/**
 * What a certificate is signed by: Node 20 does not tell. A certificate is a sequence of what is signed, the algorithm
 * and the signature (RFC 5280, 4.1). Undefined for what is no certificate.
 */
export function signatureHashOf(certificate: Buffer): SignatureHash | undefined {
	const outer = readValue(certificate);
	if (outer?.tag !== SEQUENCE) return undefined;
	const signed = readValue(outer.body);
	const algorithm = signed === undefined ? undefined : readValue(signed.rest);
	const id = algorithm?.tag === SEQUENCE ? readValue(algorithm.body) : undefined;
	if (id?.tag !== OBJECT_ID) return undefined;
	const name = objectId(id.body);
	return name === RSA_PSS ? pssHash(id.rest) : (HASHES[name] ?? 'strong');
}

/** RSASSA-PSS-params: the hash is the first, tagged 0; SHA-1 without it (RFC 4055, 3.1). */
function pssHash(parameters: Buffer): SignatureHash {
	const list = readValue(parameters);
	const first = list?.tag === SEQUENCE ? readValue(list.body) : undefined;
	return first?.tag === 0xa0 ? 'strong' : 'sha1';
}

function readValue(bytes: Buffer): Value | undefined {
	const tag = bytes[0];
	const first = bytes[1];
	if (tag === undefined || first === undefined) return undefined;
	const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
	if (lengthBytes > 4 || bytes.length < 2 + lengthBytes) return undefined;
	const length = lengthBytes === 0 ? first : bytes.readUIntBE(2, lengthBytes);
	const start = 2 + lengthBytes;
	if (bytes.length < start + length) return undefined;
	return {tag, body: bytes.subarray(start, start + length), rest: bytes.subarray(start + length)};
}

function objectId(body: Buffer): string {
	const arcs: number[] = [];
	let arc = 0;
	for (const byte of body) {
		arc = arc * 128 + (byte & 0x7f);
		if (byte >= 0x80) continue;
		arcs.push(
			...(arcs.length === 0
				? [Math.min(2, Math.floor(arc / 40)), arc - 40 * Math.min(2, Math.floor(arc / 40))]
				: [arc]),
		);
		arc = 0;
	}
	return arcs.join('.');
}
