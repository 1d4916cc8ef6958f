/*
 * env_example: writes .env.example, so that it can not say anything else than the programs do. What a setting means and
 * what it is when left out, the programs' own --help tells; which of them may stand in .env, docker-compose.yml does: a
 * name with nothing behind it in a service's environment is passed on.
 *
 *	env_example.mjs BIN           prints the file
 *	env_example.mjs BIN --check   ends with 1 when it is not what lies there, or when a program has an option that
 *	                              docker-compose.yml neither sets nor passes on
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isOurs, optionsOf } from "./options.mjs";

const root = new URL("../..", import.meta.url).pathname;

/* Options that make no sense in a container, each with why. */
const NOT_HERE = {
	ADMIN_HOST: "the image", ADMIN_PORT: "health checks ask the default", HOST: "the image; in .env it is the host's",
	FORWARDED_HEADER: "Caddy writes X-Forwarded-For",
	PORT: "inside it is always the same; in .env it is the host's", CLOCK_OFFSET_FILE: "for tests",
	REPLICA_ID: "each replica needs its own: the container's name is one", DASHBOARD_DIR: "the image", LOCALES_DIR: "the image",
	MIGRATIONS_DIR: "the image", WAIT: "the database is healthy before", MIGRATE_PROGRAM: "the image", PG_BIN_DIR: "the image",
	SIM_BOT_TOKEN: "setup.sh knows it", SIM_CLIENT_ID: "setup.sh knows it", SIM_CLIENT_SECRET: "setup.sh knows it",
};
/* Of the simulator, what a demo may want is passed on; the rest is for tests. */
const isForTests = (name) => name.startsWith("SIM_");

/* Services of docker-compose.yml with what their environment sets and passes on; anchors of environments resolved. */
function servicesOf(text) {
	const anchors = {}, services = {};
	let service, block, isEnvironment = false;
	for (const line of text.split("\n")) {
		const top = /^(x-[a-z]+|[a-z]+):(?: &([a-z]+))?$/.exec(line);
		const head = /^ {2}([a-z-]+):(?: &[a-z]+)?$/.exec(line);
		const variable = /^(?: {2}| {6})([A-Z][A-Z0-9_]*):(?: (.*))?$/.exec(line);
		const merged = /^ {6}<<: \*([a-z]+)$/.exec(line);
		if (top) {
			block = top[2] ? (anchors[top[2]] = { passed: [], set: [] }) : null;
		} else if (head) {
			service = services[head[1]] = { passed: [], set: [] };
			block = null;
		} else if (/^ {4}environment:/.test(line)) {
			isEnvironment = true;
			block = service;
			continue;
		} else if (/^ {4}\S/.test(line)) {
			isEnvironment = false;
			const command = /^ {4}command: \[([^\],]+)/.exec(line);
			if (command && service) service.program = command[1];
		} else if (merged && isEnvironment && anchors[merged[1]]) {
			service.passed.push(...anchors[merged[1]].passed);
		}
		if (variable && block) (variable[2] === undefined ? block.passed : block.set).push(variable[1]);
	}
	return services;
}

const HEAD = `# What an installation by docker-compose.yml may be told: cp .env.example .env, and fill in two values.
# Made by \`make env-example\` from the programs' own lists of options; what is commented out shows its default.

# --- these two ---------------------------------------------------------------------------------------------

# The bot's token: https://discord.com/developers/applications, your application, Bot, Reset Token.
# Switch on the privileged intents Server Members and Message Content there.
DISCORD_BOT_TOKEN=

# OAuth2, Reset Secret. Add the redirect http://localhost:5000/callback there (or PUBLIC_URL + /callback).
DISCORD_CLIENT_SECRET=

# --- where it is reached -----------------------------------------------------------------------------------

# address and port on this host
#HOST=127.0.0.1
#PORT=5000

# profile tls: the name that leads here; certificates come from Let's Encrypt by themselves
#DOMAIN=

# how browsers reach the dashboard, with a path where a proxy gives it one: https://example.org/rations;
# empty: https://DOMAIN, else http://localhost:PORT
#PUBLIC_URL=

# where a proxy of yours stands before this: private_ranges when it runs on this host, else its addresses, separated by
# spaces; what it says in X-Forwarded-For of who asks is believed
#TRUSTED_PROXIES=

# --- room --------------------------------------------------------------------------------------------------

#POSTGRES_MEMORY=2g
#POSTGRES_CPUS=1
# of the container; Redis itself stops taking more at REDIS_MAXMEMORY, and nothing is lost by that: the gateway waits
#REDIS_MEMORY=1g
#REDIS_MAXMEMORY=640mb

# --- backups -----------------------------------------------------------------------------------------------

# 64 hexadecimal digits (openssl rand -hex 32): backups are encrypted with them. Keep them elsewhere, too.
#BACKUP_KEY=

# --- other servers on this host ----------------------------------------------------------------------------

#SIM_PORT=5010
#PROMETHEUS_PORT=9090
#GRAFANA_PORT=3000
# profile demo: how browsers reach the simulated Discord
#DEMO_URL=http://localhost:5010

# --- the image ---------------------------------------------------------------------------------------------

#RATIONS_IMAGE=rations
#RATIONS_VERSION=latest
`;

const wrap = (text) => text.replace(/(.{1,114})(?: |$)/g, "# $1\n").trimEnd();

/* Options that several programs have are told where they come first. */
function fileOf(bin, services) {
	const told = new Set([...HEAD.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));
	let text = HEAD;
	for (const [name, service] of Object.entries(services)) {
		if (!service.program || !isOurs(bin, service.program)) continue;
		const options = optionsOf(bin, service.program).filter((option) =>
			(service.passed.includes(option.name) || services.setup.passed.includes(option.name)) && !told.has(option.name));
		if (options.length === 0) continue;
		text += `\n# --- ${name} ${"-".repeat(103 - name.length)}\n`;
		for (const option of options) {
			text += `\n${wrap(`${option.help} (${option.expected})`)}\n#${option.name}=${option.initial}\n`;
			told.add(option.name);
		}
	}
	return text;
}

function unknownOf(bin, services) {
	const mistakes = [];
	for (const [name, { program, passed, set }] of Object.entries(services)) {
		if (!program || !isOurs(bin, program)) continue;
		const options = optionsOf(bin, program).map((option) => option.name);
		for (const option of options)
			if (!passed.includes(option) && !set.includes(option) && !set.includes(`${option}_FILE`) && !NOT_HERE[option] && !isForTests(option))
				mistakes.push(`docker-compose.yml: service ${name} neither sets ${option} nor passes it on`);
		for (const variable of passed)
			if (!options.includes(variable)) mistakes.push(`docker-compose.yml: service ${name} is passed ${variable}, which ${program} does not know`);
	}
	return mistakes;
}

const [bin, flag] = process.argv.slice(2);
const services = servicesOf(readFileSync(join(root, "docker-compose.yml"), "utf8"));
const text = fileOf(bin, services);
if (flag !== "--check") {
	process.stdout.write(text);
} else {
	const mistakes = unknownOf(bin, services);
	if (readFileSync(join(root, ".env.example"), "utf8") !== text) mistakes.push(".env.example is not what the programs say: make env-example");
	mistakes.forEach((line) => console.error(line));
	process.exitCode = mistakes.length ? 1 : 0;
}
