import type {Db} from 'mongodb';
import {SastaError} from '../../kernel/errors.js';
import {EXIT} from '../../kernel/exit-codes.js';

/**
 * A shop without transactions would have to take units back by hand after each failure, and one that is killed in between
 * cannot: its units are lost to the stock. So it does not start; a replica set of one member is enough.
 * @throws SastaError TRANSACTIONS_MISSING
 */
export async function assertTransactions(db: Db): Promise<void> {
	const hello = await db.admin().command({hello: 1});
	if (hello['setName'] !== undefined || hello['msg'] === 'isdbgrid') return;
	throw new SastaError('TRANSACTIONS_MISSING', 'The database server stands alone, so it has no transactions', {
		exitCode: EXIT.refused,
		hint: 'Start mongod with --replSet shop and run rs.initiate() once: one member is enough',
	});
}
