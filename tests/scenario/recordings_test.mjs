/*
 * Traffic of gateways that are not ours, recorded, goes the whole way into the tables; afterwards these hold
 * what a count of the recording says (count_recording.py). Recordings lie beside the project, or in RECORDINGS_DIR.
 *
 * Left out of the count: member_seen, which depends on what the process has said before and not on the
 * recording (whom it names is held against the directory), and hours of what has no time but its arrival.
 */
import { deepStrictEqual, equal, ok } from "node:assert";
import { execFileSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Stack, tap, until } from "../harness/stack.mjs";

const here = new URL(".", import.meta.url).pathname;
const folder = process.env.RECORDINGS_DIR ?? join(here, "../../../shared/recordings");
const recordings = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".jsonl")).sort() : [];
if (!recordings.length) {
	console.log("ok 1 - played at once, and again to new processes # SKIP no recordings");
	console.log("ok 2 - played at its own pace to processes that are killed # SKIP no recordings");
	process.exit(77);
}

function count(recording) {
	return JSON.parse(execFileSync("python3", [join(here, "count_recording.py"), join(folder, recording)], { encoding: "utf8" }));
}

function play(recording, env = {}) {
	return Stack.start({
		SIM_REPLAY: join(folder, recording),
		GATEWAY_COMPRESS: recording.includes("zlib") ? "zlib-stream" : "none",
		...env,
	});
}

/* --- what is in the tables ---------------------------------------------------- */

const SEGMENT_FLAGS = "json_build_array(self_mute, mute, self_deaf, deaf, suppress, stream, video)";
const TABLES = {
	events: `SELECT guild_id::text, type, sum(events)::int AS n FROM analytics.event_hourly
		WHERE type <> 'member_seen' GROUP BY 1, 2`,
	sums: `SELECT guild_id::text, sum(messages)::int AS a, sum(bot_messages)::int AS b, sum(replies)::int AS c,
		sum(attachments)::int AS d, sum(edits)::int AS e, sum(deletions)::int AS f, sum(reactions)::int AS g,
		sum(joins)::int AS h, sum(leaves)::int AS i FROM analytics.guild_hourly GROUP BY 1`,
	rows: `SELECT guild_id::text, channel_id::text, user_id::text, sum(messages)::int AS a, sum(replies)::int AS b,
		sum(attachments)::int AS c, sum(characters)::int AS d, sum(notices)::int AS e, sum(edits)::int AS f,
		sum(reactions_given)::int AS g, sum(reactions_received)::int AS h
		FROM analytics.message_hourly GROUP BY 1, 2, 3`,
	hours: `SELECT guild_id::text, ts_to_ms(hour) AS hour, messages FROM analytics.guild_hourly WHERE messages > 0`,
	flows: `SELECT guild_id::text, user_id::text, kind, is_rejoin FROM analytics.member_flow`,
	guilds: `SELECT guild_id::text, name, owner_id::text, member_count, messages_total FROM analytics.guild`,
	channels: `SELECT guild_id::text, channel_id::text, kind, name, coalesce(parent_id, 0)::text AS parent,
		deleted_at IS NOT NULL AS is_deleted FROM analytics.channel`,
	roles: `SELECT guild_id::text, role_id::text, name, deleted_at IS NOT NULL AS is_deleted FROM analytics.role`,
	members: `SELECT guild_id::text, user_id::text, joined_at IS NOT NULL AS has_joined, left_at IS NOT NULL AS has_left
		FROM analytics.member`,
	in_voice: `SELECT guild_id::text, user_id::text, channel_id::text, ${SEGMENT_FLAGS} AS flags FROM analytics.voice_open`,
};

/* The order of rows is of no account. */
const sorted = (rows) => rows.map((row) => JSON.stringify(Object.values(row))).sort();

function compare(stack, counted) {
	for (const [table, query] of Object.entries(TABLES))
		deepStrictEqual({ [table]: sorted(stack.sql(query)) }, { [table]: sorted(counted[table]) });
}

/* Stretches of voice, where the recording's pauses were kept: the same ones, about as long. */
function compareVoice(stack, counted) {
	const segments = stack.sql(`SELECT guild_id::text, user_id::text, channel_id::text, ${SEGMENT_FLAGS} AS flags,
		has_company, has_unmuted, ts_to_ms(ended_at) - ts_to_ms(started_at) AS ms, started_at = date_trunc('hour', started_at) AS is_cut
		FROM analytics.voice_segment ORDER BY started_at, user_id`).filter((segment) => !segment.is_cut);
	const what = (stretch) => Object.values(stretch).slice(0, 6);
	const expected = counted.stretches.sort((a, b) => a[6] - b[6] || (a[1] < b[1] ? -1 : 1));
	deepStrictEqual(segments.map(what), expected.map(what));
	segments.forEach((segment, i) => ok(Math.abs(segment.ms - expected[i][7]) < 1000, `${segment.ms} ms, recorded ${expected[i][7]} ms`));
	const [totals] = stack.sql(`SELECT (SELECT sum(voice_raw_ms) FROM analytics.guild_hourly) AS guild,
		(SELECT sum(raw_ms) FROM analytics.voice_hourly) AS hourly,
		(SELECT sum(ts_to_ms(ended_at) - ts_to_ms(started_at)) FROM analytics.voice_segment) AS segments`);
	equal(totals.guild, totals.segments);
	equal(totals.hourly, totals.segments);
}

/* --- how far it is ---------------------------------------------------------------- */

function redis(stack, ...command) {
	return execFileSync("redis-cli", ["-s", join(stack.data, "redis/redis.sock"), ...command], { encoding: "utf8" }).trim();
}

function stream(stack) {
	const info = redis(stack, "XINFO", "STREAM", "events:{1.0}").split("\n");
	const value = (key) => info[info.indexOf(key) + 1];
	return { last: value("last-generated-id"), added: Number(value("entries-added")) };
}

const seqPublished = (stack) => Number(redis(stack, "HGET", "session:{1.0}", "seq"));

/* Published, and folded in. */
async function arrived(stack, counted) {
	await until("the whole recording in the stream", () => seqPublished(stack) === counted.last_seq, 90_000);
	await until("the stream in the tables", () => {
		const [position] = stack.sql("SELECT entry_id FROM analytics.position");
		return position?.entry_id === stream(stack).last;
	});
}

/* --- the stories -------------------------------------------------------------------- */

const t = tap();

async function story(name, recording, env, body) {
	await t.test(`${recording}: ${name}`, async () => {
		const stack = await play(recording, env);
		try {
			const counted = count(recording);
			ok(counted.last_seq > 0, "there is something to count");
			await body(stack, counted);
		} finally {
			await stack.down();
			if (process.env.KEEP) console.log(`# log and data: ${stack.dir}`);
			else stack.remove();
		}
	});
}

for (const recording of recordings)
	await story("played at once, and again to new processes", recording, {}, async (stack, counted) => {
		await arrived(stack, counted);
		compare(stack, counted);
		const once = stream(stack).added;
		await stack.crash("gateway-ingest");
		await stack.crash("analytics");
		await until("the recording in the stream twice", () => stream(stack).added >= 2 * once);
		await arrived(stack, counted);
		equal(stream(stack).added, 2 * once);
		compare(stack, counted);
	});

/*
 * One of each server. No recording can be resumed: to the new gateway-ingest it begins anew, in the same session.
 * Before the first kill nobody is in voice, at the second somebody is.
 */
for (const recording of recordings.filter((name) => /^(patchcord-plain|spacebar-zlib)\./.test(name)))
	await story("played at its own pace to processes that are killed", recording,
		{ SIM_REPLAY_PACED: "on" }, async (stack, counted) => {
			await until("a part of it", () => seqPublished(stack) > 8);
			await stack.crash("gateway-ingest");
			await until("it to begin again", () => seqPublished(stack) < 8);
			await until("people in voice", () => stack.sql("SELECT 1 FROM analytics.voice_open").length > 0);
			await stack.crash("analytics");
			await arrived(stack, counted);
			compare(stack, counted);
			compareVoice(stack, counted);
		});

t.end();
