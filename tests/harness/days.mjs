/* days: whether the tables of days and months are what the hours say (days.sql). */
import { ok } from "node:assert";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "./stack.mjs";

const query = readFileSync(join(root, "tests/harness/days.sql"), "utf8");

export function compareDays(stack) {
	const lines = stack.sql(query).map(({ what, line }) => `${what} ${line}`);
	ok(lines.length === 0, `days differ from their hours:\n${lines.join("\n")}`);
}
