/*
 * A stand-in for the api service, to develop and to look at the dashboard without a
 * database: node dev/mock-server.mjs [port]. It serves dist/ with the headers of the real
 * thing, content security policy included. Never part of a build.
 */
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as api from './mock-api.mjs';
import { GUILDS } from './mock-world.mjs';

const DIST = fileURLToPath(new URL('../dist', import.meta.url));
const CSP =
	"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https://cdn.discordapp.com; font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const TYPES = {
	'.html': 'text/html; charset=utf-8',
	'.js': 'text/javascript',
	'.css': 'text/css',
	'.svg': 'image/svg+xml',
	'.woff2': 'font/woff2',
};

function json(response, body, status = 200) {
	const type = status >= 400 ? 'application/problem+json' : 'application/json';
	response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' });
	response.end(JSON.stringify(body));
}

const problem = (response, status, title, detail) =>
	json(response, { type: 'about:blank', title, status, detail }, status);

const isIn = (request) => /rations_session=/.test(request.headers.cookie ?? '');

function serveFile(request, response, path) {
	const wanted = normalize(join(DIST, path));
	const isFile = wanted.startsWith(DIST) && existsSync(wanted) && statSync(wanted).isFile();
	const file = isFile ? wanted : join(DIST, 'index.html');
	const isHashed = path.startsWith('/assets/');
	const isZipped =
		existsSync(`${file}.gz`) && /gzip/.test(request.headers['accept-encoding'] ?? '');
	response.writeHead(200, {
		'content-type': TYPES[extname(file)] ?? 'application/octet-stream',
		'content-security-policy': CSP,
		'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
		...(isZipped && { 'content-encoding': 'gzip' }),
	});
	createReadStream(isZipped ? `${file}.gz` : file).pipe(response);
}

function streamLive(response, guild) {
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	const say = () =>
		response.write(`event: live\ndata: ${JSON.stringify(api.live(guild, Date.now()))}\n\n`);
	say();
	const timer = setInterval(say, 3000);
	response.on('close', () => clearInterval(timer));
}

function streamInbox(response) {
	response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
	response.write('event: anew\ndata: {}\n\n');
}

async function patchGuild(request, response, guild) {
	let text = '';
	for await (const chunk of request) text += chunk;
	if (request.headers['x-csrf-token'] !== api.ME.csrf_token || !guild.canManage)
		return problem(response, 403, 'Forbidden', 'token missing or not allowed');
	guild.timezone = JSON.parse(text).timezone;
	return json(response, api.guildOf(guild, Date.now()));
}

const FIGURES = {
	annotations: (guild, query, now) => ({
		range: api.overview(guild, query, now).range,
		rows: [],
	}),
	setup: (guild, query, now) => {
		const { timezone, first_event_at } = api.guildOf(guild, now);
		return {
			is_connected: true,
			channels: 12,
			hidden_channels: first_event_at ? 0 : 2,
			is_zone_chosen: timezone !== 'UTC',
			timezone,
			people_known: first_event_at ? 100 : 0,
			first_event_at,
		};
	},
	checkup: (guild, query, now) => ({
		at: new Date(now).toISOString(),
		is_whole: true,
		checks: [
			{
				check: 'permissions',
				verdict: 'ok',
				code: 'permissions_ok',
				params: { count: 1 },
				what: 'all that are needed',
				fix: '',
			},
		],
	}),
	overview: api.overview,
	timeseries: api.timeseries,
	'channels/top': api.topChannels,
	'members/top': api.topMembers,
	heatmap: api.heatmap,
};

function serveGuild(request, response, url, [, id, rest]) {
	const guild = GUILDS.find((candidate) => candidate.id === id && candidate.hasBot);
	if (!guild) return problem(response, 404, 'Not Found', 'no such guild, or not yours to see');
	if (rest === 'live') return streamLive(response, guild);
	if (request.method === 'PATCH') return patchGuild(request, response, guild);
	if (!rest) return json(response, api.guildOf(guild, Date.now()));
	const answer = FIGURES[rest];
	if (!answer) return problem(response, 404, 'Not Found');
	return json(response, answer(guild, url.searchParams, Date.now()));
}

function redirect(response, to, cookie) {
	response.writeHead(302, { location: to, ...(cookie && { 'set-cookie': cookie }) });
	response.end();
}

function serve(request, response) {
	const url = new URL(request.url, 'http://mock');
	const path = url.pathname;
	if (path === '/login')
		return redirect(
			response,
			url.searchParams.get('next') ?? '/guilds',
			'rations_session=mock; Path=/; HttpOnly',
		);
	if (path === '/logout') {
		response.writeHead(204, { 'set-cookie': 'rations_session=; Path=/; Max-Age=0' });
		return response.end();
	}
	if (path === '/api/v1/instance') return json(response, api.INSTANCE);
	if (!path.startsWith('/api/')) return serveFile(request, response, path);
	if (!isIn(request)) return problem(response, 401, 'Unauthorized', 'log in first');
	if (path === '/api/v1/me') return json(response, api.ME);
	if (path === '/api/v1/guilds')
		return json(response, { guilds: GUILDS.map((guild) => api.guildCard(guild, Date.now())) });
	if (path === '/api/v1/inbox') return json(response, api.inbox(Date.now()));
	if (path === '/api/v1/inbox/count') return json(response, api.inboxCount(Date.now()));
	if (path === '/api/v1/inbox/live') return streamInbox(response);
	const match = /^\/api\/v1\/guilds\/(\d+)(?:\/(.+))?$/.exec(path);
	return match ? serveGuild(request, response, url, match) : problem(response, 404, 'Not Found');
}

export function startMock(port = 0) {
	const server = createServer(serve);
	return new Promise((resolve) => {
		server.listen(port, '127.0.0.1', () => resolve(server));
	});
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const server = await startMock(Number(process.argv[2] ?? 5000));
	console.log(`stand-in api: http://127.0.0.1:${server.address().port}`);
}
