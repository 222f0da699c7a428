// Asks GitHub what a release needs, one after the other; prints the milliseconds: node bare-github.mjs <api address>
const repository = `${process.argv[2]}/repos/shop/sastabazar`;
const ask = async (method, url, body) => {
	const response = await fetch(url, {method, ...(body === undefined ? {} : {body: JSON.stringify(body)})});
	if (!response.ok) throw new Error(`${method} ${url}: ${response.status}`);
	return response.json();
};

const started = performance.now();
await ask('GET', repository);
await ask('GET', `${repository}/releases`);
const {id, upload_url: uploadUrl} = await ask('POST', `${repository}/releases`, {tag_name: 'v1.1.0', draft: true});
for (const name of ['notes.md', 'manifest.json'])
	await ask('POST', `${uploadUrl.replace(/\{.*/, '')}?name=${name}`, {name});
await ask('PATCH', `${repository}/releases/${id}`, {draft: false});
console.log(performance.now() - started);
