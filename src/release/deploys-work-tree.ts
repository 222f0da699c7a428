import type {Config} from '../kernel/config/schema.js';

/**
 * Whether a deploy runs what is checked out here, whatever version it is told: pm2 reloads files. A command is told the
 * commit, and fetches it.
 */
export function deploysWorkTree({release: {deploy}}: Config): boolean {
	return deploy?.command === undefined && deploy?.pm2 !== undefined;
}
