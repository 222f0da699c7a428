import type {Privilege} from './privileges.js';

/**
 * What MongoDB's built-in roles allow, after mongod's src/mongo/db/auth/builtin_roles.yml (master, 2026). Namespaces of the
 * server's own (`system.*`, `config`, `local`) are left out: no shop works with them.
 */
const READ = [
	...['changeStream', 'collStats', 'dbHash', 'dbStats', 'find', 'killCursors', 'listCollections', 'listIndexes'],
	...['listSearchIndexes', 'planCacheRead'],
];
const READ_WRITE = [
	...READ,
	...['cleanupStructuredEncryptionData', 'compactStructuredEncryptionData', 'convertToCapped', 'createCollection'],
	...['createIndex', 'createSearchIndexes', 'dropCollection', 'dropIndex', 'dropSearchIndex', 'insert', 'remove'],
	...['renameCollectionSameDB', 'update', 'updateSearchIndex'],
];
const USER_ADMIN = [
	...['changeCustomData', 'changePassword', 'createUser', 'createRole', 'dropUser', 'dropRole', 'grantRole'],
	...['revokeRole', 'setAuthenticationRestriction', 'viewUser', 'viewRole'],
];
const DB_ADMIN = [
	...['analyze', 'bypassDocumentValidation', 'collMod', 'collStats', 'compact', 'convertToCapped', 'createCollection'],
	...['dbStats', 'dropCollection', 'dropDatabase', 'dropIndex', 'dropSearchIndex', 'createIndex'],
	...['createSearchIndexes', 'enableProfiler', 'listCollections', 'listIndexes', 'listSearchIndexes'],
	...['updateSearchIndex', 'planCacheIndexFilter', 'planCacheRead', 'planCacheWrite', 'reIndex'],
	...['renameCollectionSameDB', 'storageDetails', 'validate', 'configureQueryAnalyzer'],
];
const ENABLE_SHARDING = [
	...['analyzeShardKey', 'enableSharding', 'moveCollection', 'refineCollectionShardKey', 'reshardCollection'],
];
const MONITOR_CLUSTER = [
	...['connPoolStats', 'getCmdLineOpts', 'getDefaultRWConcern', 'getLog', 'getParameter', 'getShardMap', 'hostInfo'],
	...['listDatabases', 'listSessions', 'listShards', 'netstat', 'replSetGetConfig', 'replSetGetStatus'],
	...['serverStatus', 'top', 'useUUID', 'inprog', 'shardingState'],
];
const MONITOR_DATABASE = ['collStats', 'dbStats', 'getDatabaseVersion', 'getShardVersion', 'indexStats'];
const HOST = [
	...['applicationMessage', 'auditConfigure', 'connPoolSync', 'dropConnections', 'logRotate', 'setParameter'],
	...['shutdown', 'unlock', 'flushRouterConfig', 'fsync', 'invalidateUserCache', 'killAnyCursor', 'killAnySession'],
	...['killop', 'replSetResizeOplog', 'resync', 'trafficRecord', 'rotateCertificates'],
];
const CLUSTER = [
	...['appendOplogNote', 'applicationMessage', 'replSetConfigure', 'replSetGetConfig', 'replSetGetStatus'],
	...['replSetStateChange', 'resync', 'addShard', 'removeShard', 'listSessions', 'listShards', 'flushRouterConfig'],
	...['cleanupOrphaned', 'setDefaultRWConcern', 'setFeatureCompatibilityVersion', 'setClusterParameter'],
];
const RESTORE = [
	...['bypassDocumentValidation', 'collMod', 'convertToCapped', 'createCollection', 'createIndex'],
	...['createSearchIndexes', 'dropCollection', 'insert', 'updateSearchIndex'],
];

const CLUSTER_RESOURCE = {cluster: true} as const;
const ANY_DATABASE = {db: '', collection: ''} as const;

/** What a role allows, with what it inherits; undefined for one that is not built in. */
export function privilegesOfBuiltin(role: string, db: string): readonly Privilege[] | undefined {
	const own = {db, collection: ''};
	const inherited = (...roles: string[]) => roles.flatMap((name) => privilegesOfBuiltin(name, db) ?? []);
	switch (role) {
		case 'read':
			return [{resource: own, actions: READ}];
		case 'readWrite':
			return [{resource: own, actions: READ_WRITE}];
		case 'userAdmin':
			return [{resource: own, actions: USER_ADMIN}];
		case 'dbAdmin':
			return [{resource: own, actions: DB_ADMIN}];
		case 'dbOwner':
			return inherited('readWrite', 'dbAdmin', 'userAdmin');
		case 'enableSharding':
			return [{resource: ANY_DATABASE, actions: ENABLE_SHARDING}];
		case 'readAnyDatabase':
			return [
				{resource: ANY_DATABASE, actions: READ},
				{resource: CLUSTER_RESOURCE, actions: ['listDatabases']},
			];
		case 'readWriteAnyDatabase':
			return [...inherited('readAnyDatabase'), {resource: ANY_DATABASE, actions: READ_WRITE}];
		case 'userAdminAnyDatabase':
			return [
				{resource: ANY_DATABASE, actions: [...USER_ADMIN, 'listCachedAndActiveUsers']},
				{
					resource: CLUSTER_RESOURCE,
					actions: ['listDatabases', 'authSchemaUpgrade', 'invalidateUserCache', 'viewUser'],
				},
			];
		case 'dbAdminAnyDatabase':
			return [
				{resource: ANY_DATABASE, actions: DB_ADMIN},
				{resource: CLUSTER_RESOURCE, actions: ['listDatabases', 'applyOps']},
			];
		case 'clusterMonitor':
			return [
				{resource: CLUSTER_RESOURCE, actions: MONITOR_CLUSTER},
				{resource: ANY_DATABASE, actions: MONITOR_DATABASE},
				{resource: {db: '', collection: 'system.profile'}, actions: ['find']},
			];
		case 'hostManager':
			return [
				{resource: CLUSTER_RESOURCE, actions: HOST},
				{resource: ANY_DATABASE, actions: ['killCursors']},
			];
		case 'clusterManager':
			return [
				{resource: CLUSTER_RESOURCE, actions: CLUSTER},
				{resource: ANY_DATABASE, actions: [...ENABLE_SHARDING, 'clearJumboFlag', 'splitChunk', 'moveChunk']},
			];
		case 'clusterAdmin':
			return [
				...inherited('clusterMonitor', 'hostManager', 'clusterManager'),
				{resource: ANY_DATABASE, actions: ['dropDatabase']},
			];
		case 'backup':
			return [
				{resource: ANY_DATABASE, actions: ['find', 'collStats', 'listCollections', 'listIndexes']},
				{resource: CLUSTER_RESOURCE, actions: ['appendOplogNote', 'getParameter', 'listDatabases', 'serverStatus']},
			];
		case 'restore':
			return [
				{resource: ANY_DATABASE, actions: [...RESTORE, ...USER_ADMIN]},
				{resource: CLUSTER_RESOURCE, actions: ['getParameter', 'forceUUID', 'useUUID', 'applyOps']},
			];
		case 'root':
			return inherited(
				...['clusterAdmin', 'userAdminAnyDatabase', 'dbAdminAnyDatabase', 'readWriteAnyDatabase', 'backup', 'restore'],
			);
		case '__system':
			return [{resource: {anyResource: true}, actions: ['anyAction']}];
		case 'directShardOperations':
			return [{resource: CLUSTER_RESOURCE, actions: ['issueDirectShardOperations']}];
		default:
			return undefined;
	}
}
