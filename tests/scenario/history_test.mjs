/* Four weeks of the demo, six communities, all that happens in it included (outage, raid, wave, the quiet day, which is
 * day 26): every count, to the millisecond of voice. */
import { ok } from "node:assert";
import { compare, drained, hangUp } from "../harness/oracle.mjs";
import { Stack, tap, until } from "../harness/stack.mjs";

const DAYS = 28;
const t = tap();
const stack = await Stack.start({ SIM_PRESET: "demo", SIM_HISTORY_DAYS: String(DAYS), SIM_SEED: "1" });

try {
	await t.test("four weeks of six communities equal what was told", async () => {
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
		ok(found.snapshots > (DAYS - 1) * 288 * 6, `${found.snapshots} snapshots`);
		ok(found.nameless === 0, `${found.nameless} members without a name`);
		ok(found.strange_channels === 0, `${found.strange_channels} channels nobody described`);
	});
} finally {
	await stack.down();
	stack.remove();
	t.end();
}
