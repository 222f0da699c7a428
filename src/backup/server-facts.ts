import {Timestamp} from 'mongodb';
import type {Mongo} from '../ports/mongo.js';

/** `8.0.4`. */
export async function readServerVersion(mongo: Mongo): Promise<string> {
	const {version} = await mongo.db('admin').command({buildInfo: 1});
	return String(version);
}

/** The server's logical clock; undefined where it keeps none (no replica set). */
export async function readServerTime(mongo: Mongo): Promise<Timestamp | undefined> {
	const reply = await mongo.db('admin').command({hello: 1});
	const time: unknown = reply['lastWrite']?.['opTime']?.['ts'] ?? reply['operationTime'];
	return time instanceof Timestamp ? time : undefined;
}

/** As it stands in the manifest: `seconds:increment`. */
export function formatServerTime(time: Timestamp | undefined): string | null {
	return time === undefined ? null : `${time.getHighBitsUnsigned()}:${time.getLowBitsUnsigned()}`;
}
