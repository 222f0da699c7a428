import {
	MAGIC,
	MAX_DOCUMENT_BYTES,
	MIN_DOCUMENT_BYTES,
	type NamespaceHeader,
	type PreludeCollection,
	type PreludeHeader,
	TERMINATOR,
} from './format.js';
import {readNamespaceHeader, readPreludeCollection, readPreludeHeader} from './headers.js';
import {ArchiveStructureError} from './problem.js';

/** What the scanner finds, in order. `offset` is the byte of the uncompressed archive. */
export type ArchiveHandlers = {
	prelude(header: PreludeHeader): void;
	collection(entry: PreludeCollection, offset: number): void;
	preludeEnd(): void;
	namespace(header: NamespaceHeader, offset: number): void;
	/** One or more whole documents, back to back, of the namespace named last. Valid during the call only. */
	documents(run: Uint8Array, offset: number): void;
};

export type ArchiveScanner = {
	/** @throws ArchiveStructureError at the first byte that cannot belong to an archive */
	write(chunk: Uint8Array): void;
	/** @throws ArchiveStructureError when the archive stops inside a block */
	end(): void;
	/** Bytes taken so far. */
	readonly bytes: number;
};

type State = 'magic' | 'prelude' | 'collections' | 'header' | 'documents' | 'terminator';

/** Reads an uncompressed archive piece by piece, whatever the pieces; holds one cut document at most. */
export function makeArchiveScanner(handlers: ArchiveHandlers): ArchiveScanner {
	let state: State = 'magic';
	/** Offset of the first byte not yet consumed. */
	let offset = 0;
	let carry: Buffer = Buffer.alloc(0);
	let carried = 0;

	/** Length of the unit (magic, terminator, document) at `at`, from its first four bytes. */
	function unitLength(view: Buffer, at: number): number {
		const head = view.readInt32LE(at);
		if (state === 'magic' || head === TERMINATOR) return 4;
		if (head < MIN_DOCUMENT_BYTES || head > MAX_DOCUMENT_BYTES) {
			throw new ArchiveStructureError(`impossible document length ${head}`, offset + at);
		}
		return head;
	}

	/** Handles the unit in `view` from `at` to `end`; documents of a collection are handled in runs instead. */
	function takeUnit(view: Buffer, at: number, end: number): void {
		const isTerminator = state !== 'magic' && view.readInt32LE(at) === TERMINATOR;
		const unit = view.subarray(at, end);
		const here = offset + at;
		switch (state) {
			case 'magic':
				if (unit.readUInt32LE() !== MAGIC) throw new ArchiveStructureError('this is no mongodump archive', here);
				state = 'prelude';
				return;
			case 'prelude':
				if (isTerminator) throw new ArchiveStructureError('the archive header is missing', here);
				handlers.prelude(readPreludeHeader(unit, here));
				state = 'collections';
				return;
			case 'collections':
				if (isTerminator) {
					handlers.preludeEnd();
					state = 'header';
				} else handlers.collection(readPreludeCollection(unit, here), here);
				return;
			case 'header': {
				if (isTerminator) throw new ArchiveStructureError('a block without a header', here);
				const header = readNamespaceHeader(unit, here);
				handlers.namespace(header, here);
				state = header.isEnd ? 'terminator' : 'documents';
				return;
			}
			case 'documents':
				// takeRun leaves nothing but the terminator.
				state = 'header';
				return;
			case 'terminator':
				if (!isTerminator) throw new ArchiveStructureError('documents in a closing block', here);
				state = 'header';
				return;
			default:
				state satisfies never;
		}
	}

	/** Consumes whole documents from `at` on as one run; gives the offset behind them. */
	function takeRun(view: Buffer, from: number): number {
		let at = from;
		while (at + 4 <= view.length && view.readInt32LE(at) !== TERMINATOR) {
			const end = at + unitLength(view, at);
			if (end > view.length) break;
			if (view[end - 1] !== 0) throw new ArchiveStructureError('a document does not end where it says', offset + at);
			at = end;
		}
		if (at > from) handlers.documents(view.subarray(from, at), offset + from);
		return at;
	}

	/** Consumes every whole unit of `view`; gives the number of bytes consumed. */
	function consume(view: Buffer): number {
		let at = 0;
		while (at + 4 <= view.length) {
			if (state === 'documents') at = takeRun(view, at);
			if (at + 4 > view.length) break;
			const end = at + unitLength(view, at);
			if (end > view.length) break;
			takeUnit(view, at, end);
			at = end;
		}
		offset += at;
		return at;
	}

	/** Completes the unit the last chunk cut, from the start of this one; gives the bytes taken. */
	function completeCarry(view: Buffer): number {
		let at = 0;
		while (carried > 0 && at < view.length) {
			const need = carried < 4 ? 4 : unitLength(carry, 0);
			if (carry.length < need) carry = grown(carry, carried, need);
			const taken = Math.min(need - carried, view.length - at);
			view.copy(carry, carried, at, at + taken);
			carried += taken;
			at += taken;
			if (carried >= 4 && carried === unitLength(carry, 0)) {
				consume(carry.subarray(0, carried));
				carried = 0;
			}
		}
		return at;
	}

	return {
		write(chunk) {
			const view = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
			const start = completeCarry(view);
			const rest = view.subarray(start);
			const left = rest.subarray(consume(rest));
			if (left.length === 0) return;
			if (carry.length < left.length) carry = grown(carry, carried, left.length);
			left.copy(carry, carried);
			carried += left.length;
		},
		end() {
			if (carried > 0 || state !== 'header') {
				throw new ArchiveStructureError('the archive stops in the middle of a block', offset + carried);
			}
		},
		get bytes() {
			return offset + carried;
		},
	};
}

function grown(buffer: Buffer, used: number, need: number): Buffer {
	const larger = Buffer.allocUnsafe(Math.max(need, 64 * 1024));
	buffer.copy(larger, 0, 0, used);
	return larger;
}
