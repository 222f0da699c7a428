import {readSettings, type SettingName, type Settings} from '../../src/app/settings.js';

/** Settings of a shop under test, read as the shop reads them. */
export function testSettings(
	database: {readonly uri: string; readonly name: string},
	variables: Partial<Record<SettingName, string>> = {},
): Settings {
	return readSettings({
		MONGODB_URI: database.uri,
		DATABASE_NAME: database.name,
		SHOP_ENV: 'test',
		// All of a test's clients have one address.
		RATE_LIMIT_PER_MINUTE: '1000000',
		RATE_LIMIT_STRICT_PER_MINUTE: '1000000',
		// A test, its shop and their database share what other tests leave of the machine.
		MOST_LOOP_DELAY_MS: '30000',
		REQUEST_TIMEOUT_MS: '30000',
		...variables,
	});
}
