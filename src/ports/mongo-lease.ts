import {type Collection, type Db, MongoServerError} from 'mongodb';
import type {LeaseHolder, LeaseStore} from '../kernel/lease.js';

type LeaseDocument = {_id: string; token: number; expiresAt: number; holder: LeaseHolder | null};

/** The server's clock in milliseconds since the epoch: numbers compare the same way everywhere. */
const NOW = {$toLong: '$$NOW'};

/**
 * The lease as one document of the state database. Every act is one `findOneAndUpdate` on a fixed `_id`, by the
 * server's clock and with majority write concern; the token only ever grows.
 */
export function openMongoLease(state: Db, name: string): LeaseStore {
	const leases: Collection<LeaseDocument> = state.collection('leases', {writeConcern: {w: 'majority'}});
	const _id = `lease:${name}`;
	const expired = {$expr: {$lte: ['$expiresAt', NOW]}};

	const take = async (filter: object, holder: LeaseHolder, ttlMs: number, upsert: boolean) => {
		const document = await leases.findOneAndUpdate(
			{_id, ...filter},
			[
				{
					$set: {
						token: {$add: [{$ifNull: ['$token', 0]}, 1]},
						expiresAt: {$add: [NOW, ttlMs]},
						// Its strings may begin with a dollar sign.
						holder: {$literal: holder},
					},
				},
			],
			{upsert, returnDocument: 'after'},
		);
		return document ? {token: document.token} : undefined;
	};

	return {
		async read() {
			const [document] = await leases
				.aggregate<LeaseDocument & {remainingMs: number}>([
					{$match: {_id}},
					{$set: {remainingMs: {$subtract: ['$expiresAt', NOW]}}},
				])
				.toArray();
			if (!document) return undefined;
			const remainingMs = Number(document.remainingMs);
			return {holder: remainingMs > 0 ? (document.holder ?? undefined) : undefined, token: document.token, remainingMs};
		},
		async acquire(holder, ttlMs) {
			try {
				return await take(expired, holder, ttlMs, true);
			} catch (error) {
				// The document is there and not expired: the upsert met it.
				if (error instanceof MongoServerError && error.code === 11_000) return undefined;
				throw error;
			}
		},
		takeOver: (fromToken, holder, ttlMs) => take({token: fromToken}, holder, ttlMs, false),
		async renew(id, token, ttlMs) {
			const {matchedCount} = await leases.updateOne({_id, token, 'holder.id': id}, [
				{$set: {expiresAt: {$add: [NOW, ttlMs]}}},
			]);
			return matchedCount === 1;
		},
		async check(id, token) {
			const found = await leases.findOne(
				{_id, token, 'holder.id': id, $expr: {$gt: ['$expiresAt', NOW]}},
				{projection: {_id: 1}},
			);
			return found !== null;
		},
		async release(id, token) {
			await leases.updateOne({_id, token, 'holder.id': id}, {$set: {expiresAt: 0, holder: null}});
		},
	};
}
