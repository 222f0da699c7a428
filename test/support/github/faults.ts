/** How one request goes wrong. `lost` and `502-after` have acted; `cut` and `502-before` have not. */
export type Fault =
	| {readonly kind: 'lost' | 'cut' | 'hang' | '502-before' | '502-after'}
	/** A creation that acts twice, as two racing ones would. */
	| {readonly kind: 'twice'}
	/** The upload's answer is a 502, and a `starter` stays behind. */
	| {readonly kind: 'starter'}
	| {
			readonly kind: 'answer';
			readonly status: number;
			readonly body?: object;
			readonly headers?: Readonly<Record<string, string>>;
	  };

export type Faults = {
	/** Injects it into the next requests of a route, `POST /repos/{owner}/{repo}/releases`. @default once, at once */
	add(route: string, fault: Fault, options?: {readonly times?: number; readonly after?: number}): void;
	take(route: string): Fault | undefined;
	/** True when every fault that was added has happened. */
	readonly isUsedUp: boolean;
};

export function makeFaults(): Faults {
	const planned: {route: string; fault: Fault; times: number; after: number}[] = [];
	return {
		add(route, fault, {times = 1, after = 0} = {}) {
			planned.push({route, fault, times, after});
		},
		take(route) {
			const next = planned.find((plan) => plan.route === route && plan.times > 0);
			if (!next) return undefined;
			if (next.after > 0) {
				next.after--;
				return undefined;
			}
			next.times--;
			return next.fault;
		},
		get isUsedUp() {
			return planned.every(({times}) => times === 0);
		},
	};
}

/** GitHub's answers when it has had enough of us. */
export const LIMITS = {
	secondary: (retryAfterSeconds?: number): Fault => ({
		kind: 'answer',
		status: 403,
		body: {
			message: 'You have exceeded a secondary rate limit. Please wait.',
			documentation_url: 'https://docs.github.com/rest',
		},
		headers: retryAfterSeconds === undefined ? {} : {'retry-after': String(retryAfterSeconds)},
	}),
	tooMany: (retryAfterSeconds: number): Fault => ({
		kind: 'answer',
		status: 429,
		body: {message: 'Too many requests'},
		headers: {'retry-after': String(retryAfterSeconds)},
	}),
	primary: (resetInSeconds: number): Fault => ({
		kind: 'answer',
		status: 403,
		body: {message: 'API rate limit exceeded'},
		headers: {
			'x-ratelimit-remaining': '0',
			'x-ratelimit-reset': String(Math.floor(Date.now() / 1000) + resetInSeconds),
		},
	}),
} as const;
