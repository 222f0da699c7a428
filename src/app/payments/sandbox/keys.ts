import type {Db} from 'mongodb';
import {SastaError} from '../../../kernel/errors.js';
import {EXIT} from '../../../kernel/exit-codes.js';
import type {Settings} from '../../settings.js';
import type {ShopHost} from '../../shop.js';

export type SandboxKeys = {
	/** `rzp_test_sandbox…`: nobody takes it for a key of Razorpay's. */
	readonly keyId: string;
	readonly keySecret: string;
	readonly webhookSecret: string;
};

type StoredKeys = {readonly _id: 'keys'; readonly keySecret: string; readonly webhookSecret: string};

const KEY_ID = 'rzp_test_sandbox00000000';

/**
 * The sandbox's keys: the settings' where there are any, else random ones, kept in the database so that every worker and
 * every later start signs alike.
 * @throws SastaError SANDBOX_IN_PRODUCTION
 */
export async function readSandboxKeys(
	{db, host}: {readonly db: Db; readonly host: Pick<ShopHost, 'randomHex' | 'addSecret'>},
	settings: Settings,
): Promise<SandboxKeys> {
	refuseProduction(settings);
	const fresh = {keySecret: host.randomHex(16), webhookSecret: host.randomHex(16)};
	const stored = await db
		.collection<StoredKeys>('sandbox_keys')
		.findOneAndUpdate({_id: 'keys'}, {$setOnInsert: fresh}, {upsert: true, returnDocument: 'after'});
	const keys = {
		keyId: KEY_ID,
		keySecret: settings.RAZORPAY_KEY_SECRET ?? stored?.keySecret ?? fresh.keySecret,
		webhookSecret: settings.RAZORPAY_WEBHOOK_SECRET ?? stored?.webhookSecret ?? fresh.webhookSecret,
	};
	host.addSecret(keys.keySecret);
	host.addSecret(keys.webhookSecret);
	return keys;
}

/** The settings refuse it too; whoever builds them by hand meets this. @throws SastaError SANDBOX_IN_PRODUCTION */
export function refuseProduction({SHOP_ENV}: Pick<Settings, 'SHOP_ENV'>): void {
	if (SHOP_ENV !== 'production') return;
	throw new SastaError(
		'SANDBOX_IN_PRODUCTION',
		'The payment sandbox takes no real money and never runs in production',
		{
			exitCode: EXIT.usage,
			hint: 'Set PAYMENTS=razorpay with live keys',
		},
	);
}
