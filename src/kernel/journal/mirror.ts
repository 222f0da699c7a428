/** A copy of every journal away from the machine that writes it, so that a run can be resumed elsewhere. */
export type Mirror = {
	/**
	 * Adds the line that must be the `seq`th of its run; the same line again is fine.
	 * @throws SastaError LEASE_LOST when another writer got there first
	 */
	append(run: string, seq: number, line: string): Promise<void>;
	read(run: string): Promise<string[]>;
	/** Names of the runs it holds, oldest first. */
	list(): Promise<string[]>;
};
