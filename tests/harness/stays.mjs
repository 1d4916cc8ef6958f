/*
 * stays: who came, left, wrote and talked, read from the simulator's ledger, and what growth figures must be by
 * what each of them means (locales/en/growth.json). Nothing here has seen our tables.
 */
import { readFileSync } from "node:fs";
import { addDays, dayOf, startOf } from "./figures.mjs";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const EPOCH_MS = 1420070400000n;

const snowflakeMs = (id) => Number((BigInt(id) >> 22n) + EPOCH_MS);

/* --- voice: when somebody begins to talk, that is, is heard by somebody who could answer --- */

class Room {
	seats = new Map(); /* of a guild: user -> state */

	constructor(afk) {
		this.afk = afk;
	}

	static isUnmuted = (seat) => !seat.mute && !seat.self_mute && !seat.suppress;

	talks(user) {
		const seat = this.seats.get(user);
		if (!seat || seat.bot || seat.channel_id === this.afk || seat.deaf || seat.self_deaf || !Room.isUnmuted(seat)) return false;
		return [...this.seats.values()].filter((other) => other.channel_id === seat.channel_id && !other.bot).length >= 2;
	}

	talkers() {
		return new Set([...this.seats.keys()].filter((user) => this.talks(user)));
	}
}

/* --- the ledger --- */

class Book {
	stays = []; /* { user, joinedAt, leftAt, isReturn, said: [ms], talkedAt } of people who were seen joining */
	leaves = []; /* { at, user, tenureMs }; null: nobody was told of the join */
	members = new Map(); /* user -> when they joined */
	gone = new Set();
	messages = new Set();
	talking = new Map(); /* user -> since when */

	constructor(guild) {
		this.guild = guild;
	}

	stayOf(user) {
		return this.stays.findLast((stay) => stay.user === user && stay.leftAt === null);
	}

	onCreate(d, everybody) {
		for (const member of everybody) this.members.set(member.user.id, Date.parse(member.joined_at));
		this.bots = new Set(everybody.filter((member) => member.user.bot).map((member) => member.user.id));
		this.room = new Room(d.afk_channel_id);
		for (const state of d.voice_states ?? []) this.room.seats.set(state.user_id, { ...state, bot: this.bots.has(state.user_id) });
	}

	onJoin(d) {
		const isKnown = this.members.has(d.user.id);
		const joinedAt = Date.parse(d.joined_at);
		this.members.set(d.user.id, joinedAt);
		if (d.user.bot) this.bots.add(d.user.id);
		if (isKnown || d.user.bot) return;
		this.stays.push({
			user: d.user.id, joinedAt, leftAt: null, said: [], talkedAt: null,
			isReturn: (d.flags & 1) !== 0 || this.gone.has(d.user.id),
		});
	}

	onLeave(d, at) {
		const joinedAt = this.members.get(d.user.id);
		const isKnown = this.members.delete(d.user.id);
		if (!isKnown || this.bots.has(d.user.id)) return;
		this.gone.add(d.user.id);
		this.leaves.push({ at, user: d.user.id, tenureMs: at - joinedAt });
		const stay = this.stayOf(d.user.id);
		if (stay) stay.leftAt = at;
	}

	onMessage(d) {
		const isOfPerson = !d.webhook_id && !d.author.bot && !d.author.system && [0, 19].includes(d.type);
		if (!isOfPerson || this.messages.has(d.id)) return;
		this.messages.add(d.id);
		this.stayOf(d.author.id)?.said.push(snowflakeMs(d.id));
	}

	onVoice(d, at) {
		const before = this.room.talkers();
		if (d.channel_id) this.room.seats.set(d.user_id, { ...d, bot: this.bots.has(d.user_id) });
		else this.room.seats.delete(d.user_id);
		const after = this.room.talkers();
		for (const user of before) if (!after.has(user)) this.endTalk(user, at);
		for (const user of after) if (!before.has(user)) this.talking.set(user, at);
	}

	endTalk(user, at) {
		const since = this.talking.get(user);
		this.talking.delete(user);
		const stay = since < at && this.stays.findLast((one) => one.user === user && one.joinedAt <= since && (one.leftAt === null || since < one.leftAt));
		if (stay && stay.talkedAt === null) stay.talkedAt = since;
	}
}

/* One book a guild. */
export function readLedger(path) {
	const books = new Map();
	const deeds = {
		GUILD_MEMBER_ADD: (book, d) => book.onJoin(d),
		GUILD_MEMBER_REMOVE: (book, d, at) => book.onLeave(d, at),
		MESSAGE_CREATE: (book, d) => book.onMessage(d),
		VOICE_STATE_UPDATE: (book, d, at) => book.onVoice(d, at),
	};
	for (const line of readFileSync(path, "utf8").split("\n").filter(Boolean)) {
		const { at, t, d, all_members } = JSON.parse(line);
		if (t === "GUILD_CREATE") {
			if (!books.has(d.id)) books.set(d.id, new Book(d.id));
			books.get(d.id).onCreate(d, all_members);
		} else if (books.has(d.guild_id)) {
			deeds[t]?.(books.get(d.guild_id), d, at);
		}
	}
	return books;
}

/* --- what the figures must be --- */

const share = (part, whole) => (whole ? part / whole : null);

export function median(numbers) {
	const sorted = [...numbers].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	if (!sorted.length) return null;
	return sorted.length % 2 ? sorted[Math.floor(middle)] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const isActivated = (stay, windowMs) =>
	(stay.said[2] ?? Infinity) < stay.joinedAt + windowMs || (stay.talkedAt ?? Infinity) < stay.joinedAt + windowMs;

/* Of those who joined in [from, to), as things stand at `now`. */
export function activationOf(stays, { from, to, now }) {
	const came = stays.filter((stay) => stay.joinedAt >= from && stay.joinedAt < to);
	const windowOf = (windowMs) => {
		const over = came.filter((stay) => stay.joinedAt + windowMs <= now);
		return { value: share(over.filter((stay) => isActivated(stay, windowMs)).length, over.length), n: over.length, left_out: came.length - over.length };
	};
	const wrote = came.filter((stay) => stay.said.length);
	return {
		activation_24h: windowOf(DAY_MS),
		activation_7d: windowOf(7 * DAY_MS),
		first_message: { value: median(wrote.map((stay) => stay.said[0] - stay.joinedAt)), n: wrote.length, left_out: came.length - wrote.length },
	};
}

export function tenureOf(leaves, from, to) {
	const counts = { under_1h: 0, under_1d: 0, days_7: 0, days_30: 0, days_90: 0, over_90d: 0, unknown: 0 };
	for (const { at, tenureMs } of leaves) {
		if (at < from || at >= to) continue;
		const days = Math.floor(tenureMs / DAY_MS);
		counts[tenureMs < HOUR_MS ? "under_1h" : days < 1 ? "under_1d" : days <= 7 ? "days_7" : days <= 30 ? "days_30" : days <= 90 ? "days_90" : "over_90d"]++;
	}
	return counts;
}

const daysBetween = (from, to) => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/* By the clock on the wall there, as if it never changed. */
const wall = (ms, zone) => Date.parse(`${new Intl.DateTimeFormat("sv-SE", { timeZone: zone, dateStyle: "short", timeStyle: "medium" })
	.format(ms).replace(" ", "T")}Z`) + (ms % 1000);

export function membershipOf(stays, monday, zone, now, offset) {
	const came = stays.filter((stay) => daysBetween(monday, dayOf(stay.joinedAt, zone)) >= 0 && daysBetween(monday, dayOf(stay.joinedAt, zone)) < 7);
	const due = came.filter((stay) => wall(now, zone) - wall(stay.joinedAt, zone) >= offset * DAY_MS);
	const kept = due.filter((stay) => stay.leftAt === null || wall(stay.leftAt, zone) - wall(stay.joinedAt, zone) >= offset * DAY_MS);
	return { joined: came.length, n: due.length, kept: kept.length };
}

/* `active`: user -> the days they were active on. */
export function activityOf(stays, active, monday, zone, today, offset) {
	const came = stays.filter((stay) => daysBetween(monday, dayOf(stay.joinedAt, zone)) >= 0 && daysBetween(monday, dayOf(stay.joinedAt, zone)) < 7);
	const weekOf = (stay, day) => Math.floor(daysBetween(dayOf(stay.joinedAt, zone), day) / 7);
	const due = came.filter((stay) => daysBetween(dayOf(stay.joinedAt, zone), today) >= 7 * offset + 7);
	const kept = due.filter((stay) => [...(active.get(stay.user) ?? [])].some((day) => weekOf(stay, day) === offset));
	return { joined: came.length, n: due.length, kept: kept.length };
}

/* From the simulator's counts: who wrote, reacted or sat a minute in voice on which day there. */
export function activeDays(told, zone) {
	const sums = new Map();
	const sumOf = (user, hour) => {
		const key = `${user} ${dayOf(Number(hour), zone)}`;
		if (!sums.has(key)) sums.set(key, { acts: 0, presentMs: 0 });
		return sums.get(key);
	};
	for (const [, user, hour, messages, , , , , reactions] of told.rows) sumOf(user, hour).acts += messages + reactions;
	for (const [user, hour, , presentMs] of told.voice_rows) sumOf(user, hour).presentMs += presentMs;
	const days = new Map();
	for (const [key, { acts, presentMs }] of sums) {
		const [user, day] = key.split(" ");
		if (acts > 0 || presentMs >= 60_000) days.set(user, (days.get(user) ?? new Set()).add(day));
	}
	return days;
}

/* Different people active on the `length` days that end with `day`. */
export function activeIn(active, day, length) {
	const first = addDays(day, 1 - length);
	return [...active.values()].filter((days) => [...days].some((one) => one >= first && one <= day)).length;
}

export function lifecycleOf(active, monday) {
	const inWeek = (days, first) => [...days].some((day) => day >= first && day < addDays(first, 7));
	const before = addDays(monday, -7);
	const counts = { active: 0, new: 0, returning: 0, resurrected: 0, dormant: 0 };
	for (const days of active.values()) {
		const [isNow, wasBefore, wasEver] = [inWeek(days, monday), inWeek(days, before), [...days].some((day) => day < monday)];
		counts.active += isNow;
		counts.new += isNow && !wasEver;
		counts.returning += isNow && wasBefore;
		counts.resurrected += isNow && !wasBefore && wasEver;
		counts.dormant += !isNow && wasBefore;
	}
	return counts;
}

export { startOf };
