/*
 * figures: what a page must show, computed from the simulator's own counts and from what each figure
 * means (locales/en/guild.json, figure.*.definition). Nothing here has seen our tables.
 */
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

export const dayOf = (ms, zone) => new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short" }).format(ms);

export const addDays = (day, days) => dayOf(Date.parse(`${day}T00:00:00Z`) + days * 24 * HOUR_MS, "UTC");

/* The hour at which that day begins there. */
export function startOf(day, zone) {
	let at = Date.parse(`${day}T00:00:00Z`) - 14 * HOUR_MS;
	while (dayOf(at, zone) < day) at += HOUR_MS;
	return at;
}

const isActive = (person) => person.messages > 0 || person.reactions > 0 || person.voice.present_ms >= MINUTE_MS;
const isCommunicator = (person) => person.messages >= 3 || person.voice.talking_ms > 0;
const sum = (numbers) => numbers.reduce((a, b) => a + b, 0);
const mostFirst = (map) => [...map].sort((a, b) => b[1] - a[1]);

function group(rows, keyOf) {
	const groups = new Map();
	for (const row of rows) groups.set(keyOf(row), (groups.get(keyOf(row)) ?? 0) + row.n);
	return groups;
}

/* Everything of a guild from one day to another, both included. Nobody may be in voice meanwhile. */
export async function figuresOf(stack, guildId, { from, to, zone = "UTC" }) {
	const told = async (fromMs, toMs) =>
		(await stack.control("GET", `counts?rows=1&guild=${guildId}&from=${fromMs}&to=${toMs}`)).guilds[guildId];
	const { epoch_ms: firstMs } = await stack.control("GET", "clock");
	const world = (await stack.control("GET", "world")).guilds.find((guild) => guild.id === guildId);

	const days = [];
	for (let day = from; day <= to; day = addDays(day, 1)) {
		const endMs = startOf(addDays(day, 1), zone);
		if (endMs > firstMs) days.push({ day, ...(await told(startOf(day, zone), endMs)) });
	}
	const endMs = startOf(addDays(to, 1), zone);
	const all = await told(startOf(from, zone), endMs);
	const since = await told(endMs, 0);
	const people = Object.entries(all.people);
	const rows = all.rows.map(([channel, user, hourMs, n]) => ({ channel, user, hourMs, n })).filter((row) => row.n > 0);
	const parents = new Map(world.channels.filter((one) => one.type >= 10 && one.type <= 12).map((one) => [one.id, one.parent_id]));

	return {
		cards: {
			messages: all.messages,
			active_members: new Set(days.flatMap((day) => Object.entries(day.people).filter(([, person]) => isActive(person)).map(([id]) => id))).size,
			communicators: people.filter(([, person]) => isCommunicator(person)).length,
			dau: sum(days.map((day) => Object.values(day.people).filter(isActive).length)) / days.length,
			voice: all.voice.present_ms,
			members: all.member_count - since.joins + since.leaves,
			net_growth: all.joins - all.leaves,
			joins: all.joins,
			leaves: all.leaves,
			reactions: all.reactions,
		},
		days,
		bots: all.bot_messages,
		voice: all.voice,
		threads: rows.filter((row) => parents.has(row.channel)).length,
		channels: mostFirst(group(rows, (row) => parents.get(row.channel) ?? row.channel)),
		members: mostFirst(group(rows, (row) => row.user)),
		talkers: mostFirst(people.map(([id, person]) => [id, person.voice.present_ms]).filter(([, ms]) => ms > 0)),
		weekHours: group(rows, (row) => weekHour(row.hourMs, zone)),
	};
}

/* "2 17": Wednesday, 17:00. */
export function weekHour(ms, zone) {
	const hour = new Intl.DateTimeFormat("en-GB", { timeZone: zone, hour: "numeric", hourCycle: "h23" }).format(ms);
	return `${(new Date(`${dayOf(ms, zone)}T00:00:00Z`).getUTCDay() + 6) % 7} ${Number(hour)}`;
}

/* --- as the page writes them, in English --- */

export const count = (value) => value.toLocaleString("en");

export function duration(ms) {
	if (ms >= 10 * HOUR_MS) return `${count(Math.round(ms / HOUR_MS))}h`;
	const minutes = Math.round(ms / MINUTE_MS);
	const [hours, rest] = [Math.floor(minutes / 60), minutes % 60];
	return hours ? `${hours}h${rest ? ` ${rest}m` : ""}` : `${rest}m`;
}

export function cardTexts(cards) {
	const signed = cards.net_growth === 0 ? "0" : `${cards.net_growth > 0 ? "+" : "\u2212"}${count(Math.abs(cards.net_growth))}`;
	return {
		"Messages": count(cards.messages),
		"Active members": count(cards.active_members),
		"Communicators (3+)": count(cards.communicators),
		"Active a day": cards.dau < 10 ? String(Number(cards.dau.toFixed(1))) : count(Math.round(cards.dau)),
		"Time in voice": duration(cards.voice),
		"Members": count(cards.members),
		"Net growth": signed,
		"Joins": count(cards.joins),
		"Leaves": count(cards.leaves),
		"Reactions": count(cards.reactions),
	};
}
