/*
 * What the documentation names: links, files, commands, options and pictures. They exist, or a reader is lost.
 */
import { deepStrictEqual, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { bin, root, tap } from "../harness/stack.mjs";

const MOST_BYTES = 150_000;
const t = tap();
const textOf = (path) => readFileSync(join(root, path), "utf8");
const inFolder = (folder) => readdirSync(join(root, folder)).filter((name) => name.endsWith(".md")).map((name) => join(folder, name));
const READMES = ["dashboard/README.md", ...readdirSync(join(root, "services")).map((name) => `services/${name}/README.md`)].filter((path) => existsSync(join(root, path)));
const pages = ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", ...inFolder("docs"), ...inFolder("docs/why"), ...READMES]
	.map((path) => ({ path, text: textOf(path) }));
/* what who runs an installation types from */
const GUIDES = ["README.md", ...["install", "configure", "connect-a-bot", "operate", "backup", "observe", "scale", "upgrade", "faq"].map((name) => `docs/${name}.md`)];
const prose = (text) => text.replace(/^```.*?^```$/gms, "");

/* `each` of a page's text gives what it names and misses; all of them are told at once. */
function missing(each) {
	return pages.flatMap(({ path, text }) => each(text, path).map((what) => `${path}: ${what}`));
}

/* As GitHub makes them of headings. */
const anchorsOf = (text) => [...prose(text).matchAll(/^#+ (.*)$/gm)].map(([, title]) =>
	title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-"));

function isThere(link, from) {
	const [file, anchor] = link.split("#");
	const path = file ? normalize(join(dirname(from), file)) : from;
	if (!existsSync(join(root, path))) return false;
	return !anchor || !path.endsWith(".md") || anchorsOf(textOf(path)).includes(anchor);
}

await t.test("links lead somewhere", () => {
	deepStrictEqual(missing((text, path) => [...prose(text).matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)]
		.map(([, link, other]) => link ?? other).filter((link) => !/^[a-z]+:/.test(link) && !isThere(link, path))), []);
});

await t.test("files that are named exist", () => {
	const folders = readdirSync(root).filter((name) => statSync(join(root, name)).isDirectory() && !["build", "secrets"].includes(name));
	const named = new RegExp(`\`((?:${folders.map((name) => name.replace(".", "\\.")).join("|")})/[\\w./-]+)\``, "g");
	const made = /^dashboard\/(dist|node_modules)\b/;
	deepStrictEqual(missing((text) => [...text.matchAll(named)].map(([, path]) => path)
		.filter((path) => !made.test(path) && !existsSync(join(root, path)))), []);
});

await t.test("commands exist: make, rationsctl, services of docker compose", () => {
	const targets = new Set([...textOf("Makefile").matchAll(/^([a-z-]+):/gm)].map(([, name]) => name));
	const help = execFileSync(join(root, bin, "bin/rationsctl"), ["--help"], { encoding: "utf8" });
	const nouns = {};
	for (const [, noun, verb] of help.matchAll(/^ {2}([a-z]+)(?: ([a-z]+))?/gm)) (nouns[noun] ??= new Set()).add(verb);
	const services = new Set([...textOf("docker-compose.yml").matchAll(/^ {2}([a-z-]+):(?: &[a-z]+)?$/gm)].map(([, name]) => name));
	const code = (text) => [...text.matchAll(/^```.*?^```$|`[^`\n]+`/gms)].map(([all]) => all).join("\n");
	deepStrictEqual(missing((text) => {
		const told = code(text), wrong = [];
		for (const [, name] of told.matchAll(/(?:^|[`;&]|\|\|) *make ([a-z][a-z-]*)/gm)) if (!targets.has(name)) wrong.push(`make ${name}`);
		for (const [, noun, verb] of told.matchAll(/\brationsctl ([a-z]+)(?: ([a-z]+))?/g))
			if (!nouns[noun] || (verb && !nouns[noun].has(undefined) && !nouns[noun].has(verb))) wrong.push(`rationsctl ${noun} ${verb ?? ""}`);
		for (const [, name] of told.matchAll(/docker compose (?:--\S+ \S+ )*(?:exec|logs|restart|stop|start)(?: -\S+| --\S+ \S+)* ([a-z][a-z-]*)/g))
			if (!services.has(name)) wrong.push(`docker compose … ${name}`);
		return wrong;
	}), []);
});

await t.test("settings exist", () => {
	const told = ["docker-compose.yml", "Makefile", "deploy/docker/setup.sh", "deploy/docker/migrate.sh", "libshared/http/public_url.c"].map(textOf);
	const programs = readdirSync(join(root, bin, "bin")).map((name) => execFileSync(join(root, bin, "bin", name), ["--help"], { encoding: "utf8" }));
	const known = new Set([...told, ...programs].join("\n").match(/\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b/g));
	const guides = pages.filter(({ path }) => GUIDES.includes(path));
	deepStrictEqual(guides.flatMap(({ path, text }) => [...text.matchAll(/`([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)(?:=[^`]*)?`/g)]
		.filter(([, name]) => name !== "X_FILE" && !known.has(name) && !known.has(name.replace(/_FILE$/, ""))).map(([, name]) => `${path}: ${name}`)), []);
});

await t.test("docs/configure.md is what the programs say", () => {
	execFileSync("node", [join(root, "deploy/docker/configure_page.mjs"), join(root, bin, "bin"), "--check"], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
});

await t.test("each picture is shown somewhere, and small", () => {
	for (const name of readdirSync(join(root, "docs/pictures"))) {
		ok(pages.some(({ text }) => text.includes(`pictures/${basename(name)}`)), `${name} is shown nowhere`);
		ok(statSync(join(root, "docs/pictures", name)).size < MOST_BYTES, `${name} is large`);
	}
});

t.end();
