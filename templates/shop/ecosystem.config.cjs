// pm2: one process for each core, replaced one after the other by `pm2 reload sastabazar --update-env`.
// The variables of templates/env.production come from the environment that pm2 is started in:
//   set -a; . /etc/sastabazar/env.production; set +a; pm2 start ecosystem.config.cjs
module.exports = {
	apps: [
		{
			name: 'sastabazar',
			script: 'node_modules/sastaops/bin/sastaops.js',
			args: 'serve --host 127.0.0.1 --port 3000',
			exec_mode: 'cluster',
			instances: 'max',
			// Requests under way are finished; what takes longer is cut.
			kill_timeout: 15000,
			listen_timeout: 10000,
			max_memory_restart: '400M',
			// The shop writes and rotates its own files where LOG_FOLDER is set.
			merge_logs: true,
		},
	],
};
