/** What the server says of one query, in either form of its plans. */
export type PlanFacts = {
	/** Each stage once, the outermost first. */
	readonly stages: readonly string[];
	/** Indexes it goes by; `_id_` among them. */
	readonly indexes: readonly string[];
	/** Null where the server tells the plan only. */
	readonly work: Work | null;
};

export type Work = {
	readonly keysExamined: number;
	readonly documentsExamined: number;
	readonly returned: number;
};

/**
 * Of `explain('executionStats')`. Plans differ from version to version, so every stage is taken wherever it is nested,
 * but for the plans that lost. Undefined where there is no plan in it. Pure.
 */
export function readPlan(explained: unknown): PlanFacts | undefined {
	const {queryPlanner, executionStats} = asObject(explained);
	const stages: string[] = [];
	const indexes: string[] = [];
	const walk = (value: unknown): void => {
		for (const [key, inner] of Object.entries(asObject(value))) {
			if (key === 'stage' && typeof inner === 'string') add(stages, inner);
			else if (key === 'indexName' && typeof inner === 'string') add(indexes, inner);
			else if (key !== 'rejectedPlans') walk(inner);
		}
	};
	walk(asObject(queryPlanner)['winningPlan']);
	if (stages.length === 0) return undefined;
	// By _id there is no index named: the collection's own is meant.
	if (indexes.length === 0 && stages.some((stage) => /IDHACK|CLUSTERED_IXSCAN/.test(stage))) indexes.push('_id_');
	return {stages, indexes, work: workOf(asObject(executionStats))};
}

function workOf({totalKeysExamined, totalDocsExamined, nReturned}: Record<string, unknown>): Work | null {
	const [keysExamined, documentsExamined, returned] = [totalKeysExamined, totalDocsExamined, nReturned].map(Number);
	const isTold = [keysExamined, documentsExamined, returned].every((count) => Number.isFinite(count));
	return isTold ? ({keysExamined, documentsExamined, returned} as Work) : null;
}

/** Several queries of one operation as one; undefined without any, and without work where one of them has none. Pure. */
export function joinPlans(plans: readonly PlanFacts[]): PlanFacts | undefined {
	if (plans.length === 0) return undefined;
	const works = plans.flatMap(({work}) => (work === null ? [] : [work]));
	const sum = (pick: (work: Work) => number) => works.reduce((total, work) => total + pick(work), 0);
	return {
		stages: [...new Set(plans.flatMap(({stages}) => stages))],
		indexes: [...new Set(plans.flatMap(({indexes}) => indexes))],
		work:
			works.length < plans.length
				? null
				: {
						keysExamined: sum(({keysExamined}) => keysExamined),
						documentsExamined: sum(({documentsExamined}) => documentsExamined),
						returned: sum(({returned}) => returned),
					},
	};
}

export function scans({stages}: PlanFacts): boolean {
	return stages.includes('COLLSCAN');
}

/** Holds the documents back until all are there; `SORT_MERGE` and the order of an index do not. */
export function sortsInMemory({stages}: PlanFacts): boolean {
	return stages.includes('SORT');
}

/** Documents looked at for each that is returned. */
export function examinedPerReturned({documentsExamined, returned}: Work): number {
	return documentsExamined / Math.max(1, returned);
}

function add(list: string[], value: string): void {
	if (!list.includes(value)) list.push(value);
}

function asObject(value: unknown): Record<string, unknown> {
	return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
