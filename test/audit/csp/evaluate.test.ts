import {CspEvaluator} from 'csp_evaluator/dist/evaluator.js';
import {Severity, Type} from 'csp_evaluator/dist/finding.js';
import {CspParser} from 'csp_evaluator/dist/parser.js';
import {describe, expect, it} from 'vitest';
import {evaluatePolicies} from '../../../src/audit/csp/evaluate.js';
import {parsePolicies} from '../../../src/audit/csp/parse.js';
import {makeRandom} from '../../support/sweep.js';

function weak(header: string | readonly string[], isHttps = true): string[] {
	return evaluatePolicies(parsePolicies([header].flat()), {isHttps}).map(({level, aspect}) => `${level} ${aspect}`);
}

const BASE = "object-src 'none'; base-uri 'none'; form-action 'self'";

describe('a Content-Security-Policy', () => {
	it.each<readonly [title: string, policy: string, expected: readonly string[]]>([
		['that allows its own host', `default-src 'self'; ${BASE}`, []],
		['that allows nothing', "default-src 'none'; form-action 'none'", []],
		['without a value, which is none', `default-src; ${BASE}`, []],
		['with inline scripts', `default-src 'self'; script-src 'unsafe-inline'; ${BASE}`, ['fail inline script-src']],
		['in capitals', `DEFAULT-SRC 'SELF'; SCRIPT-SRC 'UNSAFE-INLINE'; ${BASE}`, ['fail inline script-src']],
		[
			'with inline scripts beside a nonce, which shuts them out',
			`default-src 'self'; script-src 'unsafe-inline' 'nonce-R4nd0mR4nd0m'; ${BASE}`,
			[],
		],
		[
			'with inline scripts beside a hash',
			`default-src 'self'; script-src 'unsafe-inline' 'sha256-hqBEA/HXB3aJU2FgOnYN8rkAgEVgyfi3Vs1j2/XMPBA='; ${BASE}`,
			[],
		],
		[
			'with inline scripts beside what is no hash',
			`default-src 'self'; script-src 'unsafe-inline' 'sha1-abc'; ${BASE}`,
			['fail inline script-src'],
		],
		[
			'with strict-dynamic and its fall-backs',
			`script-src 'nonce-R4nd0mR4nd0m' 'strict-dynamic' 'unsafe-inline' https: http:; ${BASE}`,
			[],
		],
		[
			'with strict-dynamic and no nonce',
			`default-src 'self'; script-src 'strict-dynamic' 'unsafe-inline'; ${BASE}`,
			['fail dynamic script-src'],
		],
		[
			'with any host beside a nonce',
			`default-src 'self'; script-src https: 'nonce-R4nd0mR4nd0m'; ${BASE}`,
			['fail hosts script-src'],
		],
		['with data:', `default-src 'self'; script-src 'self' data:; ${BASE}`, ['fail data script-src']],
		['with a star and a port', `default-src 'self'; script-src *:443; ${BASE}`, ['fail hosts script-src']],
		['with https://*', `default-src 'self'; script-src https://*; ${BASE}`, ['fail hosts script-src']],
		[
			'with a host below a star, which is no wildcard',
			`default-src 'self'; script-src https://*.shop.example; ${BASE}`,
			[],
		],
		['whose default-src allows everything', `default-src *; ${BASE}`, ['fail hosts script-src']],
		[
			'without anything for scripts',
			BASE,
			['fail inline script-src', 'fail data script-src', 'fail hosts script-src', 'fail eval script-src'],
		],
		['without anything for objects', "script-src 'self'; base-uri 'none'; form-action 'self'", ['fail object']],
		[
			'with objects of any host',
			"default-src 'self'; object-src *; base-uri 'none'; form-action 'self'",
			['fail object'],
		],
		['with eval', `default-src 'self'; script-src 'self' 'unsafe-eval'; ${BASE}`, ['warn eval script-src']],
		['with WebAssembly only', `default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; ${BASE}`, []],
		['with inline styles', `default-src 'self'; style-src 'unsafe-inline'; ${BASE}`, ['warn style']],
		['without base-uri', "default-src 'self'; form-action 'self'", ['warn base']],
		['with a broad base-uri', "default-src 'self'; base-uri https:; form-action 'self'", ['warn base']],
		['without form-action', "default-src 'self'; base-uri 'none'", ['warn form']],
		['with a short nonce', `default-src 'self'; script-src 'nonce-abc'; ${BASE}`, ['warn nonce script-src']],
		[
			'with a script host in the clear',
			`default-src 'self'; script-src http://cdn.example; ${BASE}`,
			['fail http script-src'],
		],
		['with pictures in the clear', `default-src 'self'; img-src http://cdn.example; ${BASE}`, ['warn http img-src']],
		[
			'with hosts in the clear that are upgraded',
			`default-src 'self' http://cdn.example; upgrade-insecure-requests; ${BASE}`,
			[],
		],
		[
			'with inline handlers',
			`script-src 'nonce-R4nd0mR4nd0m'; script-src-attr 'unsafe-inline'; ${BASE}`,
			['fail inline script-src-attr'],
		],
		['with elements of any host', `script-src 'self'; script-src-elem *; ${BASE}`, ['fail hosts script-src-elem']],
		[
			'that says one thing twice: the first counts',
			`default-src 'self'; script-src 'self'; script-src 'unsafe-inline'; ${BASE}`,
			[],
		],
		[
			'that says one thing twice, the bad one first',
			`default-src 'self'; script-src 'unsafe-inline'; script-src 'self'; ${BASE}`,
			['fail inline script-src'],
		],
	])('%s', (_title, policy, expected) => {
		expect(weak(policy)).toEqual(expected);
	});

	it.each<readonly [title: string, policies: readonly string[], expected: readonly string[]]>([
		['lets through only what every policy does', [`script-src * 'unsafe-inline'; ${BASE}`, "script-src 'self'"], []],
		[
			'is one list, whether in a line or in two',
			[`script-src 'unsafe-inline' 'self'; ${BASE}, script-src * 'nonce-R4nd0mR4nd0m'`],
			[],
		],
		[
			'keeps a weakness that all have',
			[`script-src 'unsafe-inline'; ${BASE}`, `script-src 'unsafe-inline' *; ${BASE}`],
			['fail inline script-src'],
		],
		[
			'does not hide what one policy says by another that is silent',
			["frame-ancestors 'none'", `default-src 'self'; style-src 'unsafe-inline'; ${BASE}`],
			['warn style'],
		],
	])('of several parts %s', (_title, policies, expected) => {
		expect(weak(policies)).toEqual(expected);
	});

	it('does not ask a page in the clear for encrypted sources', () => {
		expect(weak(`default-src 'self' http://cdn.example; ${BASE}`, false)).toEqual([]);
	});
});

/**
 * Where csp-evaluator sees what an attacker can use, and where we do, and who is right where they differ
 * (docs/audit-agreement.md).
 */
describe('beside csp-evaluator', () => {
	it('fails what it finds to be of high severity, apart from the classes that are decided', () => {
		const random = makeRandom(20_261_124);
		const seen = new Map<string, number>();
		for (let index = 0; index < 600; index++) {
			const policy = makePolicy(random);
			const ours = new Set(weak(policy).filter((one) => one.startsWith('fail')));
			const theirs = new CspEvaluator(new CspParser(policy).csp)
				.evaluate()
				.filter(({severity}) => severity === Severity.HIGH);
			const open = theirs.filter((finding) => classOf(finding, policy) === undefined);
			for (const finding of theirs) count(seen, classOf(finding, policy) ?? 'agreed high');
			if (theirs.length === 0 && ours.size === 0) count(seen, 'agreed clean');
			const extra = [...ours].filter((one) => !OURS_ALONE.test(one));
			expect({policy, fails: extra.length > 0 || hasBrokenDynamic(policy)}).toEqual({
				policy,
				fails: open.length > 0 || hasBrokenDynamic(policy),
			});
		}
		// Every class is met, so that none is listed for nothing.
		expect([...seen.keys()].sort()).toEqual([
			'agreed clean',
			'agreed high',
			'base-uri is a warning of ours',
			'data: in objects',
			'handlers look at no hosts',
			'object-src without a value is none',
		]);
		expect(seen.get('agreed clean')).toBeGreaterThan(20);
	});

	/** Which decided class a finding of theirs belongs to; undefined: we must fail too. */
	function classOf(
		{type, directive, value}: {type: number; directive: string; value?: string | undefined},
		policy: string,
	): string | undefined {
		const names = new Set(policy.split(';').map((part) => part.trim().split(' ')[0]));
		if (directive === 'base-uri') return 'base-uri is a warning of ours';
		if (directive === 'script-src-attr' && type !== Type.SCRIPT_UNSAFE_INLINE) return 'handlers look at no hosts';
		if (
			type === Type.MISSING_DIRECTIVES &&
			directive === 'object-src' &&
			(names.has('object-src') || names.has('default-src'))
		)
			return 'object-src without a value is none';
		const isScriptsToo = names.has('default-src') && directive === 'default-src' && !names.has('script-src');
		if (value === 'data:' && !directive.startsWith('script-src') && !isScriptsToo) return 'data: in objects';
		return undefined;
	}

	/** What only we fail: sources in the clear, and strict-dynamic by itself. */
	const OURS_ALONE = /^fail (?:http |dynamic )/;

	/** It says nothing of a list in which nothing can run, and goes on about the sources that strict-dynamic shuts out. */
	function hasBrokenDynamic(policy: string): boolean {
		return weak(policy).some((one) => one.startsWith('fail dynamic'));
	}
});

function count(seen: Map<string, number>, name: string): void {
	seen.set(name, (seen.get(name) ?? 0) + 1);
}

const SOURCES = [
	"'self'",
	"'none'",
	"'unsafe-inline'",
	"'unsafe-eval'",
	"'strict-dynamic'",
	"'nonce-R4nd0mR4nd0m'",
	"'sha256-hqBEA/HXB3aJU2FgOnYN8rkAgEVgyfi3Vs1j2/XMPBA='",
	'*',
	'data:',
	'https:',
	'http:',
	'https://*',
	'https://static.shop.example',
	'http://static.shop.example',
	'*.shop.example',
];
const NAMES = [
	'default-src',
	'script-src',
	'script-src-elem',
	'script-src-attr',
	'object-src',
	'base-uri',
	'style-src',
	'form-action',
];

function makePolicy(random: () => number): string {
	const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
	// Half of them begin well, or hardly one would be clean.
	const start = random() < 0.5 ? ["default-src 'self'", "base-uri 'none'", "object-src 'none'"] : [];
	const rest = Array.from({length: Math.floor(random() * 4)}, () => {
		const sources = Array.from({length: Math.floor(random() * 4)}, () => pick(SOURCES));
		const isNone = sources.includes("'none'");
		return [pick(NAMES), ...(isNone ? ["'none'"] : new Set(sources))].join(' ');
	});
	const parts = new Map([...start, ...rest].map((part) => [part.split(' ')[0], part]));
	return [...parts.values()].join('; ') || "default-src 'none'";
}
