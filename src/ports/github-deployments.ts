import type {GitHub} from './github.js';
import type {GitHubApi, GitHubHost} from './github-api.js';

type DeploymentCalls = Pick<GitHub, 'findDeployment' | 'createDeployment' | 'setDeploymentStatus'>;

export function deploymentCalls(api: GitHubApi, host: GitHubHost): DeploymentCalls {
	const lastState = async (id: number): Promise<string | undefined> => {
		const {data} = await api.repeatable('GET /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
			deployment_id: id,
			per_page: 1,
		});
		return data[0]?.state;
	};
	const find = async (run: string, environment: string): Promise<{id: number} | undefined> => {
		const deployments = await api.pages('GET /repos/{owner}/{repo}/deployments', {environment});
		const ids = deployments.filter(({payload}) => runOf(payload) === run).map(({id}) => Number(id));
		return ids.length === 0 ? undefined : {id: Math.min(...ids)};
	};

	return {
		async findDeployment(run, environment) {
			const found = await find(run, environment);
			return found && {id: found.id, state: await lastState(found.id)};
		},
		async createDeployment({ref, environment, run, description, payload}) {
			await host.fault('github.deployment.before');
			const {id} = await api.findOrCreate({
				look: () => find(run, environment),
				create: async () => {
					const {data} = await api.once('POST /repos/{owner}/{repo}/deployments', {
						ref,
						environment,
						description,
						payload: {...payload, run},
						// By default GitHub would merge the default branch into the ref, or wait for its checks.
						auto_merge: false,
						required_contexts: [],
					});
					if (!('id' in data)) throw new Error(`GitHub merged instead of deploying: ${data.message}`);
					return {id: Number(data.id)};
				},
			});
			await host.fault('github.deployment.after');
			return {id};
		},
		async setDeploymentStatus(id, state, description) {
			await api.findOrCreate({
				look: async () => ((await lastState(id)) === state ? state : undefined),
				create: async () => {
					await api.once('POST /repos/{owner}/{repo}/deployments/{deployment_id}/statuses', {
						deployment_id: id,
						state,
						description: description.slice(0, 140),
					});
					return state;
				},
			});
		},
	};
}

/** GitHub gives a payload back as it was sent, or as a JSON text. */
function runOf(payload: unknown): unknown {
	if (typeof payload !== 'string') return (payload as {run?: unknown} | null)?.run;
	try {
		return (JSON.parse(payload) as {run?: unknown} | null)?.run;
	} catch {
		return undefined;
	}
}
