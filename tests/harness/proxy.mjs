/*
 * proxy: gives an installation a corner of a site - everything below `base` goes to `target` as it is, and
 * nothing else is there. What came from elsewhere ends in `strays`.
 */
import { createServer, request } from "node:http";

export function startProxy(port, base, target) {
	const server = createServer((asked, answer) => {
		if (asked.url !== base && !asked.url.startsWith(`${base}/`)) {
			server.strays.push(`${asked.method} ${asked.url}`);
			return answer.writeHead(404).end();
		}
		const onward = request(new URL(asked.url, target), { method: asked.method, headers: asked.headers, agent: false }, (given) => {
			answer.writeHead(given.statusCode, given.headers);
			given.pipe(answer);
		});
		onward.on("error", () => answer.destroy());
		answer.on("close", () => onward.destroy());
		asked.pipe(onward);
	});
	server.strays = [];
	return new Promise((resolve) => {
		server.listen(port, "127.0.0.1", () => resolve(server));
	});
}
