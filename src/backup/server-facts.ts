import {Timestamp} from 'mongodb';
import type {Mongo} from '../ports/mongo.js';

/** `8.0.4`. */
export async function readServerVersion(mongo: Mongo): Promise<string> {
	const {version} = await mongo.db('admin').command({buildInfo: 1});
	return String(version);
}

/** The server's logical clock, `seconds:increment`; null where it keeps none (no replica set). */
export async function readOptime(mongo: Mongo): Promise<string | null> {
	const reply = await mongo.db('admin').command({hello: 1});
	const optime: unknown = reply['lastWrite']?.['opTime']?.['ts'] ?? reply['operationTime'];
	return optime instanceof Timestamp ? `${optime.getHighBitsUnsigned()}:${optime.getLowBitsUnsigned()}` : null;
}
