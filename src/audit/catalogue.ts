import type {Check} from './check.js';
import {tlsProtocol} from './checks/tls/protocol.js';

/** Every check, in the order of the report. */
export const CATALOGUE: readonly Check[] = [tlsProtocol];
