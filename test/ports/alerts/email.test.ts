import type {AddressInfo} from 'node:net';
import {SMTPServer, type SMTPServerOptions} from 'smtp-server';
import {describe, expect, it, onTestFinished} from 'vitest';
import {openEmail} from '../../../src/ports/alerts/email.js';
import {ReceiverError} from '../../../src/ports/alerts/receiver.js';
import {makeTestHost} from '../../support/host.js';
import {alertItem, delivery, NOTICE} from './sample.js';

const never = new AbortController().signal;
const PASSWORD = 'very-secret-password';
/** The server's certificate is one that it made itself. */
const tls = {rejectUnauthorized: false};

type Mailbox = {readonly port: number; readonly mails: string[]; readonly passwords: string[]};

async function startMailServer(options: SMTPServerOptions = {}): Promise<Mailbox> {
	const mails: string[] = [];
	const passwords: string[] = [];
	const server = new SMTPServer({
		authOptional: true,
		disableReverseLookup: true,
		closeTimeout: 50,
		onAuth(auth, _session, done) {
			passwords.push(auth.password ?? '');
			if (auth.password === PASSWORD) done(null, {user: auth.username});
			else done(new Error('535 Authentication failed'));
		},
		onData(stream, _session, done) {
			let text = '';
			stream.on('data', (chunk: Buffer) => {
				text += chunk.toString();
			});
			stream.on('end', () => {
				mails.push(text);
				done(null, 'queued as 1');
			});
		},
		...options,
	});
	server.on('error', () => undefined);
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', () => done()));
	onTestFinished(() => new Promise<void>((done) => server.close(() => done())));
	return {port: (server.server.address() as AddressInfo).port, mails, passwords};
}

function open(port: number, login = '', host = makeTestHost()) {
	const server = `smtp://${login}127.0.0.1:${port}`;
	return openEmail({name: 'mail', server, from: 'shop@shop.example', to: ['asha@shop.example'], tls}, host);
}

async function refusalOf(sent: Promise<string>): Promise<ReceiverError> {
	const caught: unknown = await sent.catch((error: unknown) => error);
	if (!(caught instanceof ReceiverError)) throw new Error(`it was not refused: ${String(caught)}`);
	return caught;
}

describe('e-mail', () => {
	it('reaches a mail server, with all that there is to say', async () => {
		const {port, mails} = await startMailServer();
		expect(await open(port).send(delivery([alertItem()]), never)).toContain('250');
		const [text = ''] = mails;
		expect(text).toContain('Subject: Critical: Payments fail (sastabazar)');
		expect(text).toContain('To: asha@shop.example');
		expect(text).toContain('Auto-Submitted: auto-generated');
		expect(text).toContain('failed: 12 of 63');
		await open(port).send(delivery([alertItem('resolved'), NOTICE]), never);
		expect(mails[1]).toContain('Subject: sastabazar: 0 wrong, 1 resolved, 1 to know');
	});

	it('of one alert stands in one thread, and a try again is the same mail', async () => {
		const {port, mails} = await startMailServer();
		for (const event of ['firing', 'resolved'] as const) await open(port).send(delivery([alertItem(event)]), never);
		const header = (name: string) => mails.map((text) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1]?.trim());
		expect(header('References')[0]).toBeDefined();
		expect(new Set(header('References')).size).toBe(1);
		expect(new Set(header('Message-ID')).size).toBe(1);
	});

	it('logs in over TLS', async () => {
		const {port, passwords, mails} = await startMailServer();
		await open(port, `shop:${PASSWORD}@`).send(delivery([alertItem()]), never);
		expect(passwords).toEqual([PASSWORD]);
		expect(mails).toHaveLength(1);
	});

	it('never sends a password in the clear', async () => {
		const {port, passwords} = await startMailServer({disabledCommands: ['STARTTLS'], allowInsecureAuth: true});
		const error = await refusalOf(open(port, `shop:${PASSWORD}@`).send(delivery([alertItem()]), never));
		expect(error.message).toMatch(/STARTTLS/);
		expect(passwords).toEqual([]);
	});

	it('that is refused for a wrong password is not tried again, and names none', async () => {
		const {port} = await startMailServer();
		const error = await refusalOf(open(port, 'shop:another-password@').send(delivery([alertItem()]), never));
		expect(error.isRetryable).toBe(false);
		expect(error.message).not.toContain('another-password');
	});

	it.each([
		[451, true],
		[550, false],
	])('that a server answers with %d may be tried again: %s', async (responseCode, isRetryable) => {
		const {port} = await startMailServer({
			onRcptTo: (_address, _session, done) => done(Object.assign(new Error('not now'), {responseCode})),
		});
		expect(await refusalOf(open(port).send(delivery([alertItem()]), never))).toMatchObject({isRetryable});
	});

	it('may be tried again where no server is, or none answers in time', async () => {
		expect(await refusalOf(open(9).send(delivery([alertItem()]), never))).toMatchObject({isRetryable: true});
		const {port} = await startMailServer({onConnect: () => undefined});
		const sent = open(port).send(delivery([alertItem()]), AbortSignal.timeout(300));
		expect(await refusalOf(sent)).toMatchObject({isRetryable: true});
	});

	it('takes no header from somebody’s words', async () => {
		const {port, mails} = await startMailServer();
		await open(port).send(delivery([alertItem('firing', {title: 'x\r\nBcc: evil@example.com'})]), never);
		expect(mails[0]).not.toMatch(/^Bcc:/m);
	});
});
