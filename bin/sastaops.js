#!/usr/bin/env node
var parts = process.versions.node.split('.');
if (Number(parts[0]) < 20 || (parts[0] === '20' && Number(parts[1]) < 19)) {
	console.error(
		'sastaops needs Node 20.19 or newer; this is Node ' + process.versions.node + '. See https://nodejs.org',
	);
	process.exit(2);
} else {
	import('../dist/start.js');
}
