/* options: what a program may be told, as its own --help says. */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

export const isOurs = (bin, command) => existsSync(join(bin, command));

/* { name, help, expected, initial, isNeeded } of each; `initial`: "" when nothing is set by default. */
export function optionsOf(bin, program) {
	const help = execFileSync(join(bin, program), ["--help"], { encoding: "utf8" });
	return [...help.matchAll(/^ {2}([A-Z][A-Z0-9_]*) +(\S.*)\n {4,}(\S.*); (must be set|not set by default|default (.*))$/gm)]
		.map(([, name, help, expected, how, initial = ""]) => ({ name, help, expected, initial, isNeeded: how === "must be set" }));
}
