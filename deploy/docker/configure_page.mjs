/*
 * configure_page: the tables of docs/configure.md, so that they can not say anything else than the programs do. What
 * stands above the mark in the page is written by hand and stays.
 *
 *	configure_page.mjs BIN           writes them
 *	configure_page.mjs BIN --check   ends with 1 when they are not what lies there
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isOurs, optionsOf } from "./options.mjs";

const root = new URL("../..", import.meta.url).pathname;
const PAGE = join(root, "docs/configure.md");
const MARK = "<!-- From here on made by `make env-example`. -->\n";

/* In the order in which an event meets them; then what is not a service. */
const PROGRAMS = ["gateway-ingest", "analytics", "response-tracker", "api", "backup-scheduler", "migrate", "launcher", "rationsctl"];
const SERVICES = 5;
const FOR_TESTS = ["CLOCK_OFFSET_FILE"];

const cell = (text) => text.replaceAll("|", "\\|");
/* What kinds of values look like, the page says once. */
const short = (expected) => expected.replace(/ (?:like 250ms|in bytes like 512).*? from/, " from");
const code = (text) => (text ? `\`${cell(text)}\`` : "");

/* ".env.example" says which of them an installation in containers may be told. */
function inEnv() {
	const text = readFileSync(join(root, ".env.example"), "utf8");
	return new Set([...text.matchAll(/^#?([A-Z][A-Z0-9_]*)=/gm)].map(([, name]) => name));
}

function tableOf(options, passed) {
	const rows = options.map(({ name, help, expected, initial, isNeeded }) =>
		`| \`${name}\` | ${passed.has(name) ? "✓" : ""} | ${cell(help)} | ${cell(short(expected))} | ${isNeeded ? "**needed**" : code(initial)} |`);
	return ["| option | `.env` | what it says | what it takes | left out |", "| --- | :-: | --- | --- | --- |", ...rows].join("\n");
}

const isSame = (a, b) => a.name === b.name && a.initial === b.initial && a.help === b.help;

function tablesOf(bin) {
	const passed = inEnv();
	const all = PROGRAMS.filter((program) => isOurs(bin, program)).map((program) =>
		[program, optionsOf(bin, program).filter(({ name }) => !FOR_TESTS.includes(name))]);
	const services = all.slice(0, SERVICES).map(([, options]) => options);
	const shared = services[0].filter((option) => services.every((options) => options.some((other) => isSame(option, other))));
	const isShared = (option) => shared.some((other) => isSame(option, other));
	const parts = [`## Every service\n\n${tableOf(shared, passed)}`];
	for (const [program, options] of all)
		parts.push(`## ${program}\n\n${tableOf(options.filter((option) => !isShared(option)), passed)}`);
	return `${parts.join("\n\n")}\n`;
}

const [bin, flag] = process.argv.slice(2);
const page = readFileSync(PAGE, "utf8");
const written = page.slice(0, page.indexOf(MARK) + MARK.length);
if (!written.endsWith(MARK)) throw new Error(`${PAGE} has lost its mark: ${MARK}`);
const text = `${written}\n${tablesOf(bin)}`;
if (flag !== "--check") {
	writeFileSync(PAGE, text);
} else if (page !== text) {
	console.error("docs/configure.md is not what the programs say: make env-example");
	process.exitCode = 1;
}
