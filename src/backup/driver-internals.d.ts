/**
 * A part of the driver it does not export: the sequence of raw documents that `insert` sends as a section of its own
 * (OP_MSG, kind 1). Nothing public sends BSON as it is; parsing and writing it again loses what JavaScript cannot hold
 * (the order of number-like names, deprecated types). The driver's version is pinned, and a test holds this.
 */
declare module 'mongodb/lib/cmap/commands.js' {
	export class DocumentSequence {
		constructor(field: string);
		push(document: object, raw: Uint8Array): number;
	}
}
