import type {Check} from '../check.js';
import {authBola} from './auth/bola.js';
import {authCache} from './auth/cache.js';
import {authEnumeration} from './auth/enumeration.js';
import {authJwt} from './auth/jwt.js';
import {authMassassign} from './auth/massassign.js';
import {authRequired} from './auth/required.js';
import {authSession} from './auth/session.js';
import {inputBodylimit} from './input/bodylimit.js';
import {inputOperators} from './input/operators.js';
import {inputPrototype} from './input/prototype.js';
import {paymentsCredentials} from './payments/credentials.js';
import {paymentsIdempotency} from './payments/idempotency.js';
import {paymentsMode} from './payments/mode.js';
import {paymentsOrder} from './payments/order.js';
import {paymentsPrice} from './payments/price.js';
import {paymentsSynthetic} from './payments/synthetic.js';
import {paymentsTampered} from './payments/tampered.js';
import {ratelimitEnforced} from './ratelimit/enforced.js';
import {ratelimitHeaders} from './ratelimit/headers.js';
import {smokeJourney} from './smoke/journey.js';
import {webhooksGenuine} from './webhooks/genuine.js';
import {webhooksReplay} from './webhooks/replay.js';
import {webhooksTampered} from './webhooks/tampered.js';
import {webhooksUnsigned} from './webhooks/unsigned.js';

/** What holds of a shop by docs/shop-contract.md, in the order of the report. */
export const CONTRACT_CHECKS: readonly Check[] = [
	authRequired,
	authJwt,
	authSession,
	authCache,
	authEnumeration,
	authBola,
	authMassassign,
	ratelimitHeaders,
	ratelimitEnforced,
	inputOperators,
	inputBodylimit,
	inputPrototype,
	paymentsMode,
	paymentsCredentials,
	paymentsTampered,
	paymentsOrder,
	paymentsPrice,
	paymentsIdempotency,
	paymentsSynthetic,
	webhooksUnsigned,
	webhooksTampered,
	webhooksGenuine,
	webhooksReplay,
	smokeJourney,
];
