import {LABEL} from './names.js';
import {yamlText} from './yaml-text.js';

/** Where credentials lie: never in the file itself. */
const SECRETS = '/etc/alertmanager/secrets';

/** Alertmanager's configuration: who is called by what, what is told once, and what a worse alert of the same says already. */
export function alertmanagerConfig(): string {
	const same = [LABEL.service, LABEL.slo];
	return yamlText({
		route: {
			receiver: 'chat',
			// All that one objective has to say comes in one message.
			group_by: same,
			group_wait: '30s',
			group_interval: '5m',
			repeat_interval: '12h',
			routes: [
				{receiver: 'on-call', matchers: [`${LABEL.severity}="critical"`], group_wait: '0s', repeat_interval: '4h'},
				{receiver: 'chat', matchers: [`${LABEL.severity}="warning"`]},
			],
		},
		inhibit_rules: [
			{
				source_matchers: [`${LABEL.severity}="critical"`],
				target_matchers: [`${LABEL.severity}="warning"`],
				equal: same,
			},
		],
		receivers: [
			{
				name: 'on-call',
				pagerduty_configs: [
					{
						routing_key_file: `${SECRETS}/pagerduty-routing-key`,
						severity: '{{ .CommonLabels.severity }}',
						description: `{{ (index .Alerts 0).Annotations.summary }}`,
						details: {
							what: '{{ range .Alerts }}{{ .Annotations.description }}\n{{ end }}',
							command: '{{ (index .Alerts 0).Annotations.command }}',
							runbook: '{{ (index .Alerts 0).Annotations.runbook_url }}',
						},
					},
				],
			},
			{
				name: 'chat',
				slack_configs: [
					{
						api_url_file: `${SECRETS}/slack-webhook-url`,
						channel: '#shop-alerts',
						send_resolved: true,
						title: `{{ .CommonLabels.${LABEL.service} }}: {{ .CommonLabels.${LABEL.slo} }}`,
						text: '{{ range .Alerts }}*{{ .Annotations.summary }}*\n{{ .Annotations.description }}\n`{{ .Annotations.command }}`\n{{ end }}',
					},
				],
			},
		],
	});
}
