import {createSocket} from 'node:dgram';
import {once} from 'node:events';
import type {AddressInfo} from 'node:net';

/** Records by name; a name that is not there does not exist, `silent` and `broken` say what they are. */
export type Zone = Readonly<
	Record<
		string,
		| 'silent'
		| 'broken'
		| {readonly A?: readonly string[]; readonly AAAA?: readonly string[]; readonly CAA?: readonly string[]}
	>
>;

const TYPES = {A: 1, AAAA: 28, CAA: 257} as const;

/** A DNS server with one zone. The caller stops it. */
export async function startDns(zone: Zone): Promise<{readonly server: string; stop(): void}> {
	const socket = createSocket('udp4');
	socket.on('message', (query, {port, address}) => {
		const answer = answerTo(query, zone);
		if (answer !== undefined) socket.send(answer, port, address);
	});
	socket.bind(0, '127.0.0.1');
	await once(socket, 'listening');
	return {server: `127.0.0.1:${(socket.address() as AddressInfo).port}`, stop: () => void socket.close()};
}

function answerTo(query: Buffer, zone: Zone): Buffer | undefined {
	const labels: string[] = [];
	let at = 12;
	for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
		labels.push(query.toString('latin1', at + 1, at + 1 + length));
		at += 1 + length;
	}
	const question = query.subarray(12, at + 5);
	const type = query.readUInt16BE(at + 1);
	const known = zone[labels.join('.').toLowerCase()];
	if (known === 'silent') return undefined;
	const records =
		known === undefined || known === 'broken'
			? []
			: (Object.keys(TYPES) as (keyof typeof TYPES)[])
					.filter((name) => TYPES[name] === type)
					.flatMap((name) => (known[name] ?? []).map((value) => recordOf(name, value)));
	const code = known === 'broken' ? 2 : known === undefined ? 3 : 0;
	const head = Buffer.alloc(12);
	query.copy(head, 0, 0, 2);
	head.writeUInt16BE(0x8180 | code, 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt16BE(records.length, 6);
	return Buffer.concat([head, question, ...records]);
}

function recordOf(name: keyof typeof TYPES, value: string): Buffer {
	const data = dataOf(name, value);
	const head = Buffer.alloc(12);
	head.writeUInt16BE(0xc00c, 0);
	head.writeUInt16BE(TYPES[name], 2);
	head.writeUInt16BE(1, 4);
	head.writeUInt32BE(60, 6);
	head.writeUInt16BE(data.length, 10);
	return Buffer.concat([head, data]);
}

/** `issue letsencrypt.org` for CAA; IPv6 in full, eight groups. */
function dataOf(name: keyof typeof TYPES, value: string): Buffer {
	switch (name) {
		case 'A':
			return Buffer.from(value.split('.').map(Number));
		case 'AAAA':
			return Buffer.concat(value.split(':').map((group) => Buffer.from(group.padStart(4, '0'), 'hex')));
		case 'CAA': {
			const [tag = '', ...rest] = value.split(' ');
			return Buffer.concat([Buffer.of(0, tag.length), Buffer.from(tag), Buffer.from(rest.join(' '))]);
		}
		default:
			return name satisfies never;
	}
}
