/** The faults that are tried, in the order in which they are told, and what each is to a shop. */
export const SCENARIOS = {
	slow: 'every answer comes a second late',
	hang: 'the server stops answering, heartbeats too',
	stuck: 'one connection dies silently, as behind a NAT or firewall',
	mute: 'the shop starts and the server accepts, but never answers',
	refuse: 'the shop starts and nothing listens',
	reset: 'a connection is reset in the middle of an answer',
	'reset-write': 'a write is done, and its answer is lost',
	gone: 'the server disappears for two seconds and returns',
	pool: 'every connection of the pool is busy',
	busy: 'the server works on a question for too long',
	election: 'the server says once that it is not the primary any more',
	shutdown: 'a write meets a server that is shutting down',
} as const;

export type ScenarioName = keyof typeof SCENARIOS;

export const SCENARIO_NAMES = Object.keys(SCENARIOS) as readonly ScenarioName[];

export function isScenarioName(text: string): text is ScenarioName {
	return Object.hasOwn(SCENARIOS, text);
}
