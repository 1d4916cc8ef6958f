/*
 * What is asked about the desks of the demo, and the settings they go by: for check.py to do the sums again.
 */
import { until } from "../harness/stack.mjs";

/* response-tracker has folded all of every stream. */
export async function tracked(stack, timeoutMs = 120_000) {
	await until("response-tracker to have read everything", () => {
		const [{ behind }] = stack.sql(`SELECT count(*) AS behind FROM analytics.position a
			LEFT JOIN response.position r USING (stream) WHERE r.entry_id IS DISTINCT FROM a.entry_id`);
		return behind === 0;
	}, timeoutMs);
}

/* What each guild decided, with ids as texts and ranges as pairs. */
export function deskSettings(stack) {
	const texts = (table, columns, rest = "") => stack.sql(`SELECT guild_id::text AS guild, ${columns} FROM app.${table} ${rest}`);
	const spans = (column) => `(SELECT coalesce(json_agg(json_build_array(lower(x), upper(x)) ORDER BY x), '[]') FROM unnest(${column}) x)`;
	const list = (column) => `${column}::text[] AS ${column}`;
	const of = (rows, guild) => rows.filter((row) => row.guild === guild);
	const desks = texts("desk_settings", `is_enabled, ${list("staff_roles")}, ${list("ignored_users")}, ${list("allowed_channels")},
		${list("denied_channels")}, merge_window_s, reopen_window_s, horizon_s, good_s, poor_s`);
	const rules = texts("request_rule", `rule_id::text, kind, is_enabled, priority, ${list("roles")}, words, stems, position`);
	const tables = {
		rules,
		targets: texts("response_target", "channel_id::text, priority, first_response_s, is_business"),
		schedule: texts("schedule", `valid_from, zone, ${spans("week")} AS week`),
		holidays: texts("holiday", `day, ${spans("open")} AS open`),
		curators: texts("curator", "user_id::text, is_active"),
	};
	const tasks = texts("task_settings", `is_enabled, ${list("channels")}, keywords, needs_call`);
	const excluded = texts("curator_excluded", "user_id::text");
	return Object.fromEntries(desks.map((desk) => [desk.guild, {
		desk,
		...Object.fromEntries(Object.entries(tables).map(([name, rows]) => [name, of(rows, desk.guild)])),
		tasks: of(tasks, desk.guild)[0] ?? null,
		excluded: of(excluded, desk.guild).map((row) => row.user_id),
	}]));
}

/* `ask` keeps the answer for check.py. */
export async function askDesk(ask, guild, ranges) {
	for (const range of ranges) {
		const query = { period: "custom", ...range };
		const { cut } = await ask(guild, "request-figures", { ...query, bucket: "day" });
		await ask(guild, "request-figures", { ...query, bucket: "week", by: "answered", compare: "none" });
		await ask(guild, "request-figures", { ...query, bucket: "week", kind: "mention,forum" });
		await ask(guild, "request-figures", { ...query, bucket: "week", priority: "2" });
		if (cut.curators[0]) await ask(guild, "request-figures", { ...query, curator: cut.curators[0].id });
		if (cut.channels[0]) await ask(guild, "request-figures", { ...query, channel: cut.channels[0].id });
		await ask(guild, "cover", query);
		await ask(guild, "leaderboard", { ...query, guilds: guild.id, limit: "100" });
		await ask(guild, "task-reports/summary", query);
		await ask(guild, "task-reports", { ...query, limit: "100", sort: "reported_at" });
		for (let offset = 0, total = 1; offset < total; offset += 100)
			({ total } = await ask(guild, "requests", { ...query, sort: "asked", limit: "100", offset: String(offset) }));
	}
}
