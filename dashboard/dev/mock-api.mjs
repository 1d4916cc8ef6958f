/* Answers of the stand-in, shaped by proto/api.yaml. */
import {
	autoBucket,
	bucketStarts,
	compareSpan,
	dayStart,
	hourOf,
	spanOf,
	weekdayOf,
} from './mock-clock.mjs';
import {
	chance,
	CHANNELS,
	gapsOf,
	GUILDS,
	HOUR_MS,
	hourOfLife,
	PEOPLE,
	watched,
} from './mock-world.mjs';

const iso = (ms) => new Date(ms).toISOString();
const sumUp = (total, hour) => {
	for (const key of Object.keys(hour)) total[key] = (total[key] ?? 0) + hour[key];
	return total;
};

function life(guild, from, to, now) {
	const total = {};
	for (let at = Math.floor(from / HOUR_MS) * HOUR_MS; at < to; at += HOUR_MS) {
		const hour = hourOfLife(guild, at, Math.min(now, to));
		if (hour) sumUp(total, hour);
	}
	return total;
}

function rangeOf(guild, [from, to, end]) {
	return {
		from: iso(from),
		to: iso(to),
		timezone: guild.timezone,
		coverage: watched(guild, from, to),
		gaps: gapsOf(guild)
			.filter((gap) => gap.from < to && gap.to > from)
			.map((gap) => ({ from: iso(gap.from), to: iso(gap.to), cause: gap.cause })),
		is_partial: end > to,
	};
}

const activeOf = (guild, total, days) =>
	Math.min(
		guild.members * 0.8,
		Math.round(5 * Math.sqrt((total.messages ?? 0) * Math.sqrt(days))),
	) | 0;
const daysOf = (from, to) => Math.max(1, (to - from) / (24 * HOUR_MS));

function figuresOf(guild, from, to, now) {
	const total = life(guild, from, to, now);
	const days = daysOf(from, to);
	const active = activeOf(guild, total, days);
	const since = life(guild, to, now, now);
	return {
		messages: total.messages ?? 0,
		active_members: active,
		communicators: Math.round(active * 0.62),
		members: guild.members - (since.joins ?? 0) + (since.leaves ?? 0),
		net_growth: (total.joins ?? 0) - (total.leaves ?? 0),
		joins: total.joins ?? 0,
		leaves: total.leaves ?? 0,
		voice: total.present_ms ?? 0,
		reactions: total.reactions ?? 0,
		dau: Math.round((active / Math.sqrt(days)) * 10) / 10,
	};
}

function compared(guild, query, span) {
	const before = compareSpan(query, span);
	return before ? { before, range: rangeOf(guild, [...before, before[1]]) } : null;
}

export function overview(guild, query, now) {
	const span = spanOf(query, guild, now);
	const [from, to] = span;
	const other = compared(guild, query, span);
	const value = figuresOf(guild, from, to, now);
	const isKnown = other && guild.firstMs && other.before[0] >= guild.firstMs;
	const previous = isKnown ? figuresOf(guild, ...other.before, now) : {};
	const starts = bucketStarts(
		from,
		to,
		to - from <= 49 * HOUR_MS ? 'hour' : 'day',
		guild.timezone,
	);
	const course = starts.map((start, index) =>
		figuresOf(guild, start, starts[index + 1] ?? to, now),
	);
	return {
		range: rangeOf(guild, span),
		compare_range: other?.range ?? null,
		figures: Object.keys(value).map((key) => ({
			key,
			value: value[key],
			previous: previous[key] ?? null,
			sparkline: course.map((step) => step[key]),
		})),
	};
}

const SERIES = {
	messages: ['messages', 'bot_messages', 'reactions'],
	members: ['members', 'joins', 'leaves', 'active'],
	voice: ['raw_ms', 'present_ms', 'engaged_ms', 'talking_ms'],
};

function valuesOf(guild, metric, starts, to, now) {
	let members = figuresOf(guild, starts[0], to, now).members;
	const totals = starts.map((start, index) => life(guild, start, starts[index + 1] ?? to, now));
	const ends = [];
	for (let index = totals.length - 1; index >= 0; index--) {
		ends[index] = members;
		members -= (totals[index].joins ?? 0) - (totals[index].leaves ?? 0);
	}
	return SERIES[metric].map((key) =>
		totals.map((total, index) => {
			if (key === 'members') return ends[index];
			if (key === 'active') return activeOf(guild, total, 1);
			return total[key] ?? 0;
		}),
	);
}

export function timeseries(guild, query, now) {
	const span = spanOf(query, guild, now);
	const [from, to] = span;
	const metric = query.get('metric');
	const asked = query.get('bucket') ?? 'auto';
	const bucket = asked === 'auto' ? autoBucket(from, span[2]) : asked;
	const starts = bucketStarts(from, to, bucket, guild.timezone);
	const other = compared(guild, query, span);
	const values = valuesOf(guild, metric, starts, to, now);
	let previous = null;
	if (other && guild.firstMs && other.before[0] >= guild.firstMs) {
		const shift = from - other.before[0];
		previous = valuesOf(
			guild,
			metric,
			starts.map((start) => start - shift),
			other.before[1],
			now,
		);
	}
	return {
		range: rangeOf(guild, span),
		compare_range: other?.range ?? null,
		metric,
		bucket,
		starts: starts.map(iso),
		is_last_partial: span[2] > to,
		series: SERIES[metric].map((key, index) => ({
			key,
			values: values[index],
			previous: previous?.[index] ?? null,
		})),
	};
}

export function topChannels(guild, query, now) {
	const span = spanOf(query, guild, now);
	const total = life(guild, span[0], span[1], now).messages ?? 0;
	const channels = CHANNELS.map(([name, kind, share, isDeleted], index) => {
		const messages = Math.round(total * share);
		return {
			id: String(1200000000000100n + BigInt(index)),
			name,
			kind,
			is_deleted: !!isDeleted,
			messages,
			members: Math.round(Math.sqrt(messages) * 2.4),
			previous_messages:
				query.get('compare') === 'none'
					? null
					: Math.round(messages * (0.7 + 0.55 * chance(guild.id, name))),
		};
	});
	return {
		range: rangeOf(guild, span),
		total,
		channels: channels
			.filter((channel) => channel.messages)
			.slice(0, Number(query.get('limit') ?? 10)),
	};
}

export function topMembers(guild, query, now) {
	const span = spanOf(query, guild, now);
	const total = life(guild, span[0], span[1], now);
	const by = query.get('by') === 'voice' ? 'voice_ms' : 'messages';
	const members = PEOPLE.map((name, index) => {
		const messages = Math.round(((total.messages ?? 0) * 0.09) / (1 + index * 0.45));
		return {
			id: String(1300000000000200n + BigInt(index * 7)),
			name,
			avatar_url: null,
			has_left: index === 5,
			messages,
			replies: Math.round(messages * 0.3),
			reactions_given: Math.round(messages * chance(name)),
			voice_ms: Math.round((total.present_ms ?? 0) * 0.05 * chance('voice', name)),
			previous_messages:
				query.get('compare') === 'none'
					? null
					: index === 7
						? 0
						: Math.round(messages * (0.6 + 0.7 * chance(name, 'p'))),
		};
	});
	members.sort((a, b) => b[by] - a[by]);
	return {
		range: rangeOf(guild, span),
		members: members.filter((member) => member[by]).slice(0, Number(query.get('limit') ?? 10)),
	};
}

export function heatmap(guild, query, now) {
	const span = spanOf(query, guild, now);
	const metric = query.get('metric') ?? 'messages';
	const key = metric === 'voice' ? 'present_ms' : 'messages';
	const cells = Array.from({ length: 7 }, () => Array(24).fill(0));
	for (let at = Math.ceil(span[0] / HOUR_MS) * HOUR_MS; at < span[1]; at += HOUR_MS) {
		const hour = hourOfLife(guild, at, now);
		cells[weekdayOf(at, guild.timezone)][hourOf(at, guild.timezone)] += hour?.[key] ?? 0;
	}
	const days = Array(7).fill(0);
	for (const start of bucketStarts(
		dayStart(span[0], guild.timezone),
		span[1],
		'day',
		guild.timezone,
	))
		days[weekdayOf(start, guild.timezone)]++;
	return { range: rangeOf(guild, span), metric, cells, days };
}

export function live(guild, now) {
	const today = life(guild, dayStart(now, guild.timezone), now, now);
	const rate = guild.base / 60;
	const minute = Math.floor(now / 60_000);
	const minutes = Array.from({ length: 30 }, (_, index) =>
		Math.round(rate * (0.3 + 1.5 * chance(guild.id, 'm', minute - 29 + index))),
	);
	return {
		at: iso(now),
		messages_minute: Math.round(rate * (0.5 + chance(guild.id, 's', Math.floor(now / 3000)))),
		messages_today: today.messages ?? 0,
		members: guild.members,
		voice_now: Math.round(guild.base / 6),
		joins_today: today.joins ?? 0,
		leaves_today: today.leaves ?? 0,
		last_event_at: guild.base ? iso(now) : null,
		minutes,
	};
}

const INVITE = 'https://discord.com/oauth2/authorize?client_id=1&scope=bot';

export function guildCard(guild, now) {
	const week = life(guild, now - 168 * HOUR_MS, now, now);
	return {
		id: guild.id,
		name: guild.name,
		icon_url: guild.icon_url,
		is_owner: guild.isOwner,
		can_manage: guild.canManage,
		can_see_figures: true,
		is_staff: guild.canManage,
		has_bot: guild.hasBot,
		is_available: guild.hasBot && guild.isAvailable,
		members: guild.hasBot ? guild.members : null,
		messages_7d: guild.hasBot ? (week.messages ?? 0) : null,
		invite_url: guild.hasBot ? null : `${INVITE}&guild_id=${guild.id}`,
		has_data: false,
		deleted_at: null,
	};
}

export function guildOf(guild, now) {
	return {
		id: guild.id,
		name: guild.name,
		icon_url: guild.icon_url,
		timezone: guild.timezone,
		members: guild.members,
		can_manage: guild.canManage,
		can_see_people: true,
		can_see_figures: true,
		is_staff: guild.canManage,
		is_available: guild.isAvailable,
		first_event_at: guild.firstMs && iso(guild.firstMs),
		first_message_at: guild.firstMs && iso(guild.firstMs),
		last_event_at: guild.firstMs && iso(guild.isAvailable ? now : now - 47 * 60_000),
	};
}

export const INSTANCE = {
	name: 'Rations',
	version: '0.1.0-mock',
	is_demo: true,
	is_configured: true,
	invite_url: INVITE,
	source_url: 'https://example.org/rations',
	bot: { id: '1', name: 'Rations', guilds: GUILDS.filter((guild) => guild.hasBot).length },
};

export const ME = {
	id: '1300000000000271',
	name: 'Аня Логинова',
	username: 'anya.log',
	avatar_url: null,
	csrf_token: 'mock-token',
	is_owner: true,
};

/* --- the desk --- */

const ASKERS = ['Мария', 'night_owl', 'Tom', 'Вера П.', 'Kirill', 'Ann', 'Zoë', 'Олег'];
const ASKED = ['Не могу войти на сервер после обновления', 'Where do I find the rules?', null];

/* Minutes they have waited for an answer that is wanted within 15. */
export function inbox(now) {
	const guilds = GUILDS.filter((guild) => guild.hasBot).slice(0, 2);
	const place = ({ id, name, icon_url }) => ({ id, name, icon_url });
	const person = (id, name) => ({ id, name, avatar_url: null, has_left: false });
	const rows = [41, 19, 13, 12, 7, 4, 3, 1].map((minutes, index) => {
		const askedAt = now - minutes * 60_000;
		const isMine = index === 6;
		return {
			guild: place(guilds[index % guilds.length]),
			id: String(1400000000000000000n + BigInt(index)),
			kind: ['mention', 'keyword', 'forum'][index % 3],
			priority: index === 0 ? 4 : index === 3 ? 3 : 2,
			state: isMine ? 'answered' : 'open',
			channel: {
				id: String(20 + (index % 3)),
				name: ['help', 'вопросы', 'support'][index % 3],
			},
			parent: null,
			author: person(String(700 + index), ASKERS[index]),
			rule: null,
			asked_at: iso(askedAt),
			clock_at: iso(askedAt),
			changed_at: iso(askedAt),
			messages: index === 2 ? 3 : 1,
			excerpt: ASKED[index % 3],
			url: 'https://discord.com/channels/1/2/3',
			reopened: index === 4 ? 1 : 0,
			answered_at: isMine ? iso(now) : null,
			answered_by: isMine ? person(ME.id, ME.name) : null,
			answer_kind: isMine ? 'claim' : null,
			claimed_at: isMine ? iso(now) : null,
			claimed_by: isMine ? person(ME.id, ME.name) : null,
			closed_at: null,
			closed_by: null,
			snoozed_until: index === 7 ? iso(now + 50 * 60_000) : null,
			target: {
				seconds: 900,
				is_business: false,
				risk_at: iso(askedAt + 675_000),
				due_at: iso(askedAt + 900_000),
			},
		};
	});
	return {
		now: iso(now),
		total: rows.length,
		rows,
		guilds: guilds.map((guild) => ({
			...place(guild),
			is_enabled: true,
			can_manage: guild.canManage,
		})),
	};
}

export function inboxCount(now) {
	const rows = inbox(now).rows.filter((row) => row.state === 'open' && !row.snoozed_until);
	const overdue = rows.filter((row) => Date.parse(row.target.due_at) <= now).length;
	return { open: rows.length, overdue, at_risk: 2, old: 0, snoozed: 1, mine: 1 };
}
