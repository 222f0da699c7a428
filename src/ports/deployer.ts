import type {DeployConfig} from '../kernel/config/schema.js';
import {SastaError} from '../kernel/errors.js';
import {EXIT} from '../kernel/exit-codes.js';
import type {Host} from '../kernel/host.js';
import {lastWords} from './process.js';
import {endingOf, makeUserCommand, runUserCommand, type UserCommand} from './user-command.js';

/** What a deploy command is told (`deploymentEnv`). */
export type Deployment = {
	readonly version: string;
	readonly tag: string;
	readonly commit: string;
	readonly environment: string;
};

/** The variables by which a command learns what it is to bring up. */
export function deploymentEnv({version, tag, commit, environment}: Deployment): Record<string, string> {
	return {SASTAOPS_VERSION: version, SASTAOPS_TAG: tag, SASTAOPS_COMMIT: commit, SASTAOPS_ENVIRONMENT: environment};
}

export type Deployer = {
	/** As a person would type it. */
	readonly title: string;
	/** Brings a version into production; may be called again with the same. @throws SastaError DEPLOY_FAILED */
	deploy(deployment: Deployment): Promise<void>;
};

/** The deployer of the configuration: its command, or `pm2 reload`; undefined where neither is set. */
export function openDeployer(
	config: Pick<DeployConfig, 'command' | 'pm2'> | undefined,
	root: string,
	host: Host,
): Deployer | undefined {
	const command = commandOf(config, root);
	if (command === undefined) return undefined;
	return {
		title: command.title,
		deploy: async (deployment) => {
			const result = await runUserCommand(command, host, {
				env: deploymentEnv(deployment),
				onLine: (line) => host.emit({type: 'log', level: 'debug', message: line}),
				uninterruptible: true,
			});
			if (result.exitCode === 0) return;
			throw new SastaError('DEPLOY_FAILED', `The deploy command ${endingOf(result)}: ${command.title}`, {
				exitCode: EXIT.stopped,
				details: lastWords(`${result.stdout}\n${result.stderr}`, host),
				hint: 'Mend it, then: sastaops release resume',
			});
		},
	};
}

function commandOf(config: Pick<DeployConfig, 'command' | 'pm2'> | undefined, root: string): UserCommand | undefined {
	if (config?.command !== undefined) return makeUserCommand(config.command, root);
	if (config?.pm2 !== undefined) return makeUserCommand(['pm2', 'reload', config.pm2, '--update-env'], root);
	return undefined;
}
