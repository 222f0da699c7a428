import {type Connections, judgeConnections, readConnections} from '../../../database/connections.js';
import {makeCheck} from '../../check.js';
import {DATABASE_CHECK, openDatabase} from '../../facts/database.js';

export const dbConnections = makeCheck<Connections | undefined>({
	...DATABASE_CHECK,
	id: 'db.connections',
	title: 'The server has connections left for a busy hour',
	severity: 'medium',
	why: 'When a server has no connection left, every new process of the shop fails to start, on the busiest evening.',
	fix: 'lower POOL_MAX of the shop’s processes, or take a server that allows more',
	references: ['MongoDB manual, serverStatus.connections'],
	gather: async (context) => readConnections((await openDatabase(context)).db),
	judge: judgeConnections,
});
