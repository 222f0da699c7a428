import type {DatabaseCheck} from '../check.js';
import {indexesCheck} from './indexes.js';
import {logInCheck} from './log-in.js';
import {nameCheck} from './name.js';
import {poolCheck} from './pool.js';
import {privilegesCheck} from './privileges.js';
import {queriesCheck} from './queries.js';
import {serverCheck} from './server.js';
import {slowCheck} from './slow.js';
import {spareIndexesCheck} from './spare-indexes.js';
import {stateCheck} from './state.js';
import {validatorsCheck} from './validators.js';

/** What db check asks, in the order it is told. */
export const CHECKS: readonly DatabaseCheck[] = [
	serverCheck,
	logInCheck,
	nameCheck,
	privilegesCheck,
	indexesCheck,
	queriesCheck,
	spareIndexesCheck,
	validatorsCheck,
	slowCheck,
	poolCheck,
	stateCheck,
];
