import {GROUPS} from '../groups.js';
import type {AuditResult} from '../result.js';
import type {CheckResult} from '../run.js';

/**
 * An audit as JUnit results, a suite for each group: what failed is a failure, what could not be judged an error, what was
 * not asked skipped. A warning passes, and stands in the suite's output. Valid by the schema of Windy Road Technology.
 */
export function auditJunit({checks, startedMs, targetName}: AuditResult): string {
	const groups = [...new Set(checks.map(({group}) => group))];
	const suites = groups.map((group, id) => {
		const own = checks.filter((check) => check.group === group);
		const count = (verdict: CheckResult['verdict']) => own.filter((check) => check.verdict === verdict).length;
		const attributes = [
			`id="${id}"`,
			`package="audit"`,
			`name="${attribute(`${group}: ${GROUPS[group]}`)}"`,
			// The schema wants no zone; it is UTC.
			`timestamp="${new Date(startedMs).toISOString().slice(0, 19)}"`,
			`hostname="${attribute(targetName)}"`,
			`tests="${own.length}"`,
			`failures="${count('fail')}"`,
			`errors="${count('inconclusive')}"`,
			`skipped="${count('skip')}"`,
			`time="${seconds(own.reduce((sum, {durationMs}) => sum + durationMs, 0))}"`,
		];
		const warned = own
			.filter(({verdict}) => verdict === 'warn')
			.map(({id: check, reason, fix}) => `warning ${check}: ${reason}\n  mend: ${fix}`);
		return [
			`\t<testsuite ${attributes.join(' ')}>`,
			'\t\t<properties/>',
			...own.map(testcase),
			`\t\t<system-out>${text(warned.join('\n'))}</system-out>`,
			'\t\t<system-err/>',
			'\t</testsuite>',
		].join('\n');
	});
	return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n${suites.join('\n')}\n</testsuites>\n`;
}

function testcase({id, group, title, verdict, reason, evidence, fix, severity, durationMs}: CheckResult): string {
	const open = `\t\t<testcase name="${attribute(`${id}: ${title}`)}" classname="audit.${group}" time="${seconds(durationMs)}"`;
	const details = text([...evidence, `mend: ${fix}`].join('\n'));
	switch (verdict) {
		case 'fail':
			return `${open}><failure type="${severity}" message="${attribute(reason)}">${details}</failure></testcase>`;
		case 'inconclusive':
			return `${open}><error type="inconclusive" message="${attribute(reason)}">${details}</error></testcase>`;
		case 'skip':
			return `${open}><skipped message="${attribute(reason)}"/></testcase>`;
		case 'pass':
		case 'warn':
			return `${open}/>`;
		default:
			return verdict satisfies never;
	}
}

function seconds(ms: number): string {
	return (ms / 1000).toFixed(3);
}

function text(raw: string): string {
	return legal(raw).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** Blanks are folded, as an `xs:token` wants. */
function attribute(raw: string): string {
	return text(raw).replaceAll('"', '&quot;').replaceAll(/\s+/g, ' ').trim();
}

/** Without what XML 1.0 cannot hold, escaped or not: controls, lone surrogates, U+FFFE and U+FFFF. */
function legal(raw: string): string {
	return raw.replaceAll(/[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu, '\u{FFFD}');
}
