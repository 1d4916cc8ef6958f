/*
 * Somebody is hired, works, is rated by the points of every act and the speed of every answer; is deactivated, excluded,
 * deleted and brought back. Sums are done by hand, at the boundaries; told by a simulated Discord, asked of api.
 */
import { deepEqual, equal, ok } from "node:assert";
import { gunzipSync } from "node:zlib";
import { Desk, MIN, S } from "../harness/desk.mjs";
import { tap, until } from "../harness/stack.mjs";
import { Visitor } from "../harness/visitor.mjs";

const t = tap();
const desk = await Desk.start({ api: true });
const path = `/api/v1/guilds/${desk.guild}`;
const owner = new Visitor(desk);
let other, file, archive;

const isStaff = (name, expected = true, guild = desk.guild) => until(`${name} ${expected ? "to be" : "not to be"} staff`, () =>
	(desk.rows(`SELECT 1 FROM response.staff WHERE guild_id = ${guild} AND user_id = ${desk.id(name)} AND ended_at IS NULL`).length > 0) === expected);
const board = async (query = "") => owner.get(`/api/v1/leaderboard?guilds=${desk.guild}&period=7d&limit=100${query}`);
const rowOf = ({ rows }, name) => rows.find((row) => row.id === desk.id(name));
/* Of the board, these figures of somebody. */
const figures = async (name, wanted, query) => {
	await desk.told();
	const answer = await board(query), row = rowOf(answer, name);
	deepEqual(Object.fromEntries(Object.keys(wanted).map((key) => [key, key === "level" ? answer.levels[row.level].en : row[key]])), wanted);
};
const put = (name, body) => owner.change("PUT", `${path}/curators/${desk.id(name)}`, body);

try {
	await t.test("hired by hand, in two servers at once", async () => {
		await owner.logIn("owns every server");
		other = (await desk.control("GET", "world")).guilds.map((guild) => guild.id).find((id) => id !== desk.guild);
		await desk.person("Mia");
		equal((await put("Mia", { name: "Мия", kind: "crime", subdivision: "FIB", guilds: [desk.guild, other] })).created, 2);
		await isStaff("Mia");
		const { rows } = await owner.get(`${path}/curators?q=fib`);
		deepEqual(rows.map((row) => [row.name, row.by_role, row.by_hand, row.guilds.length]), [["Мия", false, true, 2]]);
		const kim = (await owner.get(`${path}/curators?origin=role&limit=100`)).rows.find((row) => row.id === desk.id("Kim"));
		deepEqual([kim.by_role, kim.by_hand], [true, false]);
	});

	await t.test("work has its points, fast answers their bonus: 80 % good is enough", async () => {
		for (let i = 0; i < 4; i++) await desk.say("Mia", "chat", `новость ${i}`);
		const news = await desk.say("Ann", "chat", "ура");
		await desk.react("Mia", news, "🎉");
		for (let i = 0; i < 5; i++) {
			const request = await desk.ask("Ann", "help", "нужна помощь");
			await desk.opens(request);
			desk.pass(i < 4 ? 30 * S : 400 * S);
			await desk.reply("Mia", request, "готово");
			await desk.becomes(request, { state: "answered", answered_by: desk.id("Mia") });
			desk.pass(3 * MIN);
		}
		/* 4 x 3 + 5 x 2 + 1 = 23; 4 - 1 + floor(0.2 x 5) = 4 */
		await figures("Mia", { messages: 4, replies: 5, reactions: 1, base: 23, responses: 5, good: 4, poor: 1, bonus: 4, score: 27, level: "Normal", rank: 1 });
	});

	await t.test("one point more makes the next level", async () => {
		await desk.say("Mia", "chat", "ещё");
		await desk.say("Mia", "chat", "и ещё");
		const news = await desk.say("Ann", "chat", "ого");
		await desk.react("Mia", news, "👍");
		await figures("Mia", { score: 34, level: "Normal" });
		await desk.react("Mia", news, "🔥");
		await figures("Mia", { score: 35, level: "Good" });
	});

	await t.test("reacting makes nobody a curator; the log leads to every act", async () => {
		const news = await desk.say("Kim", "chat", "смотрите");
		await desk.react("Ann", news);
		await desk.told();
		await isStaff("Ann", false);
		equal(rowOf(await board("&former=true"), "Ann"), undefined);
		const log = await owner.get(`${path}/activities?user=${desk.id("Mia")}&kind=reply&period=7d`);
		equal(log.total, 5);
		ok(log.rows.every((row) => row.url === `https://discord.com/channels/${desk.guild}/${row.channel.id}/${row.message_id}` && row.target_url));
		const one = await owner.get(`${path}/curators/${desk.id("Mia")}?period=7d`);
		deepEqual([one.profile.name, one.figures.score, one.insights.kind, one.ranked], ["Мия", 35, "message", 3]);
		equal(one.figures.percentile, 100);
	});

	await t.test("a cap of ten minutes, tried before it is set", async () => {
		const wish = { points_message: 3, points_reply: 2, points_reaction: 1, points_task: 5, block_cap: 5 };
		const preview = await owner.change("POST", `${path}/rating/preview?period=7d`, wish);
		const mia = preview.rows.find((row) => row.id === desk.id("Mia"));
		equal(mia.before.score, 35);
		ok(mia.after.score < 35, "the cap bites");
		await figures("Mia", { score: 35 });
		await owner.change("PUT", `${path}/rating`, wish);
		await figures("Mia", { score: mia.after.score });
		await owner.change("DELETE", `${path}/rating`);
		await figures("Mia", { score: 35 });
	});

	await t.test("deactivated: what they do counts no longer, what they did is there for who asks", async () => {
		await put("Mia", { name: "Мия", kind: "crime", subdivision: "FIB", is_active: false });
		await isStaff("Mia", false);
		await desk.hasSettings();
		await desk.say("Mia", "chat", "я ещё тут");
		await desk.told();
		equal(rowOf(await board(), "Mia"), undefined);
		await figures("Mia", { score: 35, is_staff: false }, "&former=true");
		await put("Mia", { name: "Мия", kind: "crime", subdivision: "FIB" });
		await isStaff("Mia");
		await figures("Mia", { score: 35, is_staff: true });
	});

	await t.test("excluded, a staff role notwithstanding", async () => {
		await owner.change("PUT", `${path}/curator-exclusions/${desk.id("Lee")}`, { reason: "второй аккаунт" });
		await isStaff("Lee", false);
		await desk.hasSettings();
		await desk.say("Lee", "chat", "не считается");
		await desk.told();
		equal(rowOf(await board("&former=true"), "Lee"), undefined);
		await owner.change("DELETE", `${path}/curator-exclusions/${desk.id("Lee")}`);
		await isStaff("Lee");
	});

	await t.test("deleted into an archive, restored twice, nothing twice", async () => {
		const told = desk.rows(`SELECT count(*)::int AS n FROM response.activity WHERE guild_id = ${desk.guild} AND user_id = ${desk.id("Mia")}`)[0].n;
		archive = (await owner.change("DELETE", `${path}/curators/${desk.id("Mia")}`)).archive_id;
		await isStaff("Mia", false);
		const response = await owner.fetch(`${path}/curator-archives/${archive}`);
		equal(response.headers.get("content-type"), "application/gzip");
		file = JSON.parse(gunzipSync(Buffer.from(await response.arrayBuffer())));
		deepEqual([file.curator.name, file.person.id, file.activities.length, file.answers.length], ["Мия", desk.id("Mia"), told, 5]);
		const before = desk.rows("SELECT (SELECT count(*) FROM response.activity)::int AS a, (SELECT count(*) FROM response.request)::int AS r");
		for (const isRestored of [true, false])
			equal((await owner.change("POST", `${path}/curator-archives/${archive}/restore`)).is_restored, isRestored);
		await isStaff("Mia");
		deepEqual(desk.rows("SELECT (SELECT count(*) FROM response.activity)::int AS a, (SELECT count(*) FROM response.request)::int AS r"), before);
		const { rows } = await owner.get(`${path}/curators?q=fib`);
		deepEqual(rows.map((row) => [row.name, row.kind]), [["Мия", "crime"]]);
		await figures("Mia", { score: 35 });
	});

	await t.test("the board of two servers adds up", async () => {
		desk.sql(`INSERT INTO app.desk_settings (guild_id, is_enabled) VALUES (${other}, true)`);
		desk.sql(`INSERT INTO app.rating_settings (guild_id, points_message) VALUES (${other}, 10)`);
		await desk.hasSettings();
		const inject = (act, fields) => desk.control("POST", "inject", { act, guild_id: other, at_ms: desk.clock.now(), ...fields });
		await inject("join", { user_id: desk.id("Mia"), roles: [] });
		await isStaff("Mia", true, other);
		const { id: channel } = await inject("create_channel", { name: "there", type: 0 });
		await inject("message", { channel_id: channel, user_id: desk.id("Mia"), content: "и здесь" });
		await until("it to be counted", () => desk.rows(`SELECT 1 FROM response.activity WHERE guild_id = ${other}`).length > 0);
		const both = await owner.get(`/api/v1/leaderboard?guilds=${desk.guild},${other}&period=7d`);
		const mia = rowOf(both, "Mia");
		deepEqual([mia.score, mia.messages], [45, 7]);
		deepEqual(both.guilds.map((guild) => guild.is_chosen), [true, true]);
		equal((await owner.fetch("/api/v1/leaderboard?guilds=4194304")).status, 404);
	});

	await t.test("staff see their own page, and the board", async () => {
		const curator = new Visitor(desk);
		await curator.logIn("member");
		const me = (await curator.get("/api/v1/me")).id;
		desk.people.set("Nia", me);
		const asked = (name) => curator.fetch(`${path}/curators/${desk.id(name)}`);
		equal((await asked("Nia")).status, 404);
		await put("Nia", { name: "Ния" });
		await isStaff("Nia");
		equal((await asked("Nia")).status, 200);
		equal((await asked("Mia")).status, 403);
		equal((await curator.fetch(`${path}/curators`)).status, 403);
		equal((await curator.fetch(`${path}/activities?user=${desk.id("Mia")}`)).status, 403);
		equal((await curator.get(`/api/v1/leaderboard?guilds=${desk.guild}&period=7d`)).rows.length > 0, true);
	});

	await t.test("everybody leaves in order", async () => deepEqual(await desk.stop(), []));
} finally {
	if (process.env.KEEP) console.log(`# logs and data: ${desk.dir}`);
	else desk.remove();
	t.end();
}
