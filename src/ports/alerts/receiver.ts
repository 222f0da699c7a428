/** How bad it is: somebody gets up at night, looks in the morning, or reads it some time. */
export type Severity = 'critical' | 'warning' | 'info';

/** What a receiver is told of something that is wrong, or of something that happened. One line is one line. */
export type Message = {
	/** Stable: no time and no value in it, so that its end fits its beginning. At most 255 characters. */
	readonly key: string;
	readonly severity: Severity;
	/** One line, at most 200 characters. */
	readonly title: string;
	readonly text: string;
	readonly facts: readonly (readonly [label: string, value: string])[];
	/** Where to look. */
	readonly url?: string;
	/** What to do. */
	readonly runbook?: string;
};

/** `again`: it still holds. `worse`: its severity rose. */
export type AlertEvent = 'firing' | 'again' | 'worse' | 'acknowledged' | 'resolved';

export type AlertItem = {
	readonly kind: 'alert';
	readonly event: AlertEvent;
	readonly message: Message;
	readonly sinceMs: number;
	/** Of `resolved`. */
	readonly endedMs?: number;
	/** What this receiver was told it is, where that was something else. */
	readonly toldSeverity?: Severity;
	/** Of `acknowledged`. */
	readonly ack?: {readonly by: string; readonly untilMs: number};
};

/** Something that happened and is over: a deployment, a digest. Nothing ever resolves it. */
export type NoticeItem = {readonly kind: 'notice'; readonly message: Message; readonly atMs: number};

export type DeliveryItem = AlertItem | NoticeItem;

/** What one receiver is told at once. */
export type Delivery = {
	/** The same for each try, so that a receiver can tell a repeat. */
	readonly id: string;
	readonly service: string;
	readonly environment: string;
	readonly sentAtMs: number;
	/** How often what still holds is told again. */
	readonly resendMs: number;
	/** Said clearly wherever it arrives. */
	readonly isTest: boolean;
	readonly items: readonly DeliveryItem[];
};

export type ReceiverKind = 'slack' | 'pagerduty' | 'alertmanager' | 'webhook' | 'email';

export type Receiver = {
	readonly name: string;
	readonly kind: ReceiverKind;
	/** For people, without any secret: `Slack (hooks.slack.com)`. */
	readonly title: string;
	/** Sends it once; resolves with what the receiver answered. @throws ReceiverError */
	send(delivery: Delivery, signal: AbortSignal): Promise<string>;
	/** Lets go of connections. */
	close(): Promise<void>;
};

/** How each kind of receiver works. */
export const RECEIVER_TRAITS: Readonly<
	Record<
		ReceiverKind,
		{
			/** Takes several items in one message. */
			readonly isGrouping: boolean;
			/** Forgets what it is not told again, and tells nobody twice: acknowledged or not, it is. */
			readonly needsHeartbeat: boolean;
			/** Has a word for "somebody is at it". */
			readonly takesAcks: boolean;
			/** Wakes nobody with a notice, so that it need not wait for the end of quiet hours. */
			readonly hasSilentNotices: boolean;
		}
	>
> = {
	slack: {isGrouping: true, needsHeartbeat: false, takesAcks: true, hasSilentNotices: false},
	pagerduty: {isGrouping: false, needsHeartbeat: false, takesAcks: true, hasSilentNotices: true},
	alertmanager: {isGrouping: true, needsHeartbeat: true, takesAcks: false, hasSilentNotices: true},
	webhook: {isGrouping: true, needsHeartbeat: false, takesAcks: true, hasSilentNotices: true},
	email: {isGrouping: true, needsHeartbeat: false, takesAcks: false, hasSilentNotices: false},
};

/** Why a receiver did not take what it was sent. Its message holds no secret. */
export class ReceiverError extends Error {
	override readonly name = 'ReceiverError';
	/** Whether the same may be taken later: a limit, a server's failure, the network. */
	readonly isRetryable: boolean;
	/** Until when the receiver wants to be left alone. */
	readonly retryAfterMs: number | undefined;

	constructor(message: string, options: {isRetryable: boolean; retryAfterMs?: number | undefined; cause?: unknown}) {
		super(message, options.cause === undefined ? undefined : {cause: options.cause});
		this.isRetryable = options.isRetryable;
		this.retryAfterMs = options.retryAfterMs;
	}
}
