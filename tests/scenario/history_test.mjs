/* The demo's month of history, six communities, outage and raid included: every count, to the millisecond of voice. */
import { ok } from "node:assert";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const t = tap();
const stack = await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: "35", SIM_SEED: "1" });

try {
	await t.test("a month of six communities equals what was told", async () => {
		await until("the history to be told", async () => (await stack.control("GET", "clock")).phase === "live", 180_000);
		await stack.control("POST", "clock", { paused: true });
		await drained(stack);
		await hangUp(stack);
		const figures = Object.values(await compare(stack));
		ok(figures.length === 6);
		ok(figures.every((figure) => figure.messages > 1000 && figure.voice.talking_ms > 0));
	});

	await t.test("every hour has its snapshots, and every guild its directory", () => {
		const [found] = stack.sql(`SELECT
			(SELECT count(*) FROM analytics.guild_snapshot WHERE at < (SELECT max(at) FROM analytics.guild_snapshot))::int AS snapshots,
			(SELECT count(*) FROM analytics.member WHERE username = '')::int AS nameless,
			(SELECT count(DISTINCT m.channel_id) FROM analytics.message_hourly m
				LEFT JOIN analytics.channel c USING (guild_id, channel_id) WHERE c.channel_id IS NULL)::int AS strange_channels`);
		ok(found.snapshots > 34 * 288 * 6, `${found.snapshots} snapshots`);
		ok(found.nameless === 0, `${found.nameless} members without a name`);
		ok(found.strange_channels === 0, `${found.strange_channels} channels nobody described`);
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}
