#!/usr/bin/env node
// Syntax that an old Node still reads, so that it can be told apart.
const parts = process.versions.node.split('.');
if (Number(parts[0]) < 20 || (parts[0] === '20' && Number(parts[1]) < 19)) {
	const version = process.versions.node;
	console.error(`sastaops needs Node 20.19 or newer; this is Node ${version}. See https://nodejs.org`);
	process.exit(2);
} else {
	void start();
}

async function start() {
	// From Node 22.8 on, compiled code is kept between runs.
	const {enableCompileCache} = await import('node:module');
	if (enableCompileCache) enableCompileCache();
	await import('../dist/start.js');
}
