import {expect, it} from 'vitest';
import {isColourWanted, loadPaint} from '../../src/cli/colour.js';

const terminal = {isTTY: true, columns: 80, write: () => undefined};
const pipe = {...terminal, isTTY: false};

it.each([
	['a terminal', terminal, {}, [], true],
	['a pipe', pipe, {}, [], false],
	['NO_COLOR', terminal, {NO_COLOR: '1'}, [], false],
	['an empty NO_COLOR', terminal, {NO_COLOR: ''}, [], true],
	['NO_COLOR against FORCE_COLOR', terminal, {NO_COLOR: '1', FORCE_COLOR: '1'}, [], false],
	['FORCE_COLOR in a pipe', pipe, {FORCE_COLOR: '1'}, [], true],
	['an empty FORCE_COLOR in a pipe', pipe, {FORCE_COLOR: ''}, [], true],
	['FORCE_COLOR=0', terminal, {FORCE_COLOR: '0'}, [], false],
	['--no-color', terminal, {FORCE_COLOR: '1'}, ['--no-color'], false],
	['a dumb terminal', terminal, {TERM: 'dumb'}, [], false],
])('%s', (_what, output, env, argv, isWanted) => {
	expect(isColourWanted(output, env, argv)).toBe(isWanted);
});

it('without colour nothing is added, with it codes are', async () => {
	expect((await loadPaint(false)).green('ok')).toBe('ok');
	expect((await loadPaint(true)).green('ok')).toBe('\u001b[32mok\u001b[39m');
});
