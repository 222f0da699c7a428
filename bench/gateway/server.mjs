// One side of the gateway's bench: `backend`, or `bare <url>`, a proxy of httpxy alone. Prints its port, ends with its parent.
import {Agent, createServer} from 'node:http';
import {createProxyServer} from 'httpxy';

const [role, target] = process.argv.slice(2);
const body = Buffer.from(
	JSON.stringify({products: Array.from({length: 20}, (_, id) => ({id, name: `product ${id}`}))}),
);

const server = role === 'backend' ? createServer(answer) : createServer(passOn());
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.once('disconnect', () => process.exit());

function answer(request, response) {
	request.resume();
	response.writeHead(200, {'content-type': 'application/json', 'content-length': body.length}).end(body);
}

function passOn() {
	const agent = new Agent({keepAlive: true});
	const proxy = createProxyServer({target, agent, headers: {connection: 'keep-alive'}});
	proxy.on('error', () => undefined);
	return (request, response) => void proxy.web(request, response);
}
