import type {Host} from '../kernel/host.js';

/** How long an instance that took no connection is left alone. */
const LEFT_ALONE_MS = 2000;

export type Instance = {
	readonly url: string;
	/** Takes no connections: leave it alone for a while. */
	markDown(): void;
	markUp(): void;
};

/** The servers of one side. */
export type Instances = {
	/** Those that were not seen down lately, beginning with the next one in turn. */
	healthy(): readonly Instance[];
	/** The others, the one seen down longest ago first: for when there is nobody else. */
	doubtful(): readonly Instance[];
};

export function makeInstances(urls: readonly string[], host: Pick<Host, 'monotonicMs'>): Instances {
	let turn = 0;
	const instances = urls.map((url) => {
		let downUntil: number | undefined;
		return {
			url,
			downUntil: () => downUntil ?? 0,
			isUp: () => downUntil === undefined || host.monotonicMs() >= downUntil,
			markDown: () => {
				downUntil = host.monotonicMs() + LEFT_ALONE_MS;
			},
			markUp: () => {
				downUntil = undefined;
			},
		};
	});
	return {
		healthy() {
			const up = instances.filter(({isUp}) => isUp());
			const first = up.length === 0 ? 0 : turn++ % up.length;
			return [...up.slice(first), ...up.slice(0, first)];
		},
		doubtful: () => instances.filter(({isUp}) => !isUp()).sort((a, b) => a.downUntil() - b.downUntil()),
	};
}
