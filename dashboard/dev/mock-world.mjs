/*
 * A few made-up communities, the same at every start: who lives there, and how much happens in
 * any hour. Only for developing the dashboard without the services.
 */
import { hourOf, weekdayOf } from './mock-clock.mjs';

export const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/* A number in 0 … 1 that depends on its arguments alone. */
export function chance(...seed) {
	let hash = 2166136261;
	for (const part of seed.join('|')) hash = Math.imul(hash ^ part.codePointAt(0), 16777619);
	hash ^= hash >>> 15;
	hash = Math.imul(hash, 2246822519);
	hash ^= hash >>> 13;
	return (hash >>> 0) / 4294967296;
}

const icon = (hue, letter) =>
	`data:image/svg+xml,${encodeURIComponent(
		`<svg xmlns="http://www.w3.org/2000/svg" width="96" height="96"><defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue} 60% 52%)"/><stop offset="1" stop-color="hsl(${hue + 50} 65% 34%)"/></linearGradient></defs><rect width="96" height="96" fill="url(#g)"/><text x="48" y="66" font-family="sans-serif" font-size="52" font-weight="700" text-anchor="middle" fill="#fff">${letter}</text></svg>`,
	)}`;

const now = Date.now();
const guild = (id, name, more) => ({
	id: `11000000000000${id}`,
	name,
	icon_url: null,
	timezone: 'Europe/Moscow',
	members: 0,
	base: 0,
	isOwner: false,
	canManage: true,
	hasBot: true,
	isAvailable: true,
	firstMs: now - 400 * DAY_MS,
	...more,
});

export const GUILDS = [
	guild('0101', 'Ночной город · Role Play', {
		icon_url: icon(250, 'Н'),
		members: 18_412,
		base: 210,
		isOwner: true,
	}),
	guild('0102', 'Ferrous Workshop', {
		icon_url: icon(18, 'F'),
		members: 4_236,
		base: 44,
		timezone: 'Europe/Berlin',
		firstMs: now - 61 * DAY_MS,
		canManage: false,
	}),
	guild('0103', 'Книжный клуб «Полка»', { members: 87, base: 1.3, firstMs: now - 96 * DAY_MS }),
	guild('0104', 'Fresh Start', {
		members: 3,
		base: 0,
		timezone: 'UTC',
		firstMs: null,
		isOwner: true,
	}),
	guild('0105', 'Speedrun Café', {
		icon_url: icon(330, 'S'),
		members: 951,
		base: 9,
		isAvailable: false,
	}),
	guild('0106', 'Weekend Climbers', { hasBot: false, members: null }),
	guild('0107', 'Лётная школа', {
		icon_url: icon(200, 'Л'),
		hasBot: false,
		members: null,
		isOwner: true,
	}),
	guild('0108', 'A guild with a rather long name that does not want to end anywhere soon', {
		hasBot: false,
		members: null,
		canManage: false,
	}),
];

export const CHANNELS = [
	['общий-чат', 0, 0.31],
	['help', 0, 0.17],
	['offtopic-и-мемы', 0, 0.14],
	['объявления', 5, 0.03],
	['идеи', 15, 0.09],
	['Lounge', 2, 0.06],
	['screenshots', 0, 0.07],
	['новички', 0, 0.05],
	['', 0, 0.04],
	['old-events', 0, 0.02, true],
	['Сцена', 13, 0.01],
];

export const PEOPLE = [
	'Mira',
	'северный_ветер',
	'Tomás Ortega',
	'kestrel',
	'Аня Логинова',
	'Dr. Pixel',
	'полуночник',
	'Juniper',
	'oxide',
	'Ильдар',
	'Frau Holle',
	'byte_me',
	'Светлячок',
	'Noor',
	'rustacean_42',
	'Пётр В.',
];

const DAY_CURVE = [
	0.42, 0.27, 0.16, 0.1, 0.07, 0.07, 0.12, 0.22, 0.35, 0.45, 0.52, 0.58, 0.66, 0.68, 0.66, 0.68,
	0.74, 0.84, 0.96, 1.1, 1.2, 1.18, 1, 0.7,
];
const WEEK_CURVE = [0.92, 0.9, 0.94, 0.98, 1.12, 1.25, 1.16];

/* Twice nobody was watching: for an evening, and for a few minutes. */
export function gapsOf({ firstMs }) {
	if (!firstMs) return [];
	const at = (days, hours) => Math.floor(now / DAY_MS) * DAY_MS - days * DAY_MS + hours * HOUR_MS;
	return [
		{ from: at(9, 16.2), to: at(9, 26.9), cause: 'zombie' },
		{ from: at(23, 9), to: at(23, 9.4), cause: 'restart' },
	];
}

/** Share of [from, to) that was watched. */
export function watched(guildOf, from, to) {
	const lost = gapsOf(guildOf)
		.map((gap) => Math.max(0, Math.min(gap.to, to) - Math.max(gap.from, from)))
		.reduce((sum, ms) => sum + ms, 0);
	const early = guildOf.firstMs ? Math.max(0, Math.min(guildOf.firstMs, to) - from) : to - from;
	return Math.max(0, 1 - (lost + early) / Math.max(1, to - from));
}

/** Everything that happened in one UTC hour, up to `now`. */
export function hourOfLife(guildOf, hourMs, nowMs) {
	const { id, timezone, base, firstMs } = guildOf;
	if (!base || hourMs + HOUR_MS <= firstMs || hourMs >= nowMs) return null;
	const share =
		Math.min(1, (nowMs - hourMs) / HOUR_MS) * watched(guildOf, hourMs, hourMs + HOUR_MS);
	const growth =
		1 + 0.35 * Math.sin((hourMs / DAY_MS - 20000) / 58) + (hourMs - now) / (700 * DAY_MS);
	const rhythm = DAY_CURVE[hourOf(hourMs, timezone)] * WEEK_CURVE[weekdayOf(hourMs, timezone)];
	const noise = 0.7 + 0.6 * chance(id, hourMs);
	const event = chance(id, 'event', Math.floor(hourMs / DAY_MS)) > 0.93 ? 1.6 : 1;
	const messages = Math.round(base * rhythm * noise * growth * event * share);
	const part = (name, size) =>
		Math.round(messages * size * (0.6 + 0.8 * chance(id, name, hourMs)));
	const present =
		Math.round(base * rhythm * share * 9 * (0.6 + 0.8 * chance(id, 'v', hourMs))) * 60_000;
	return {
		messages,
		bot_messages: part('bots', 0.22),
		reactions: part('reactions', 0.55),
		joins: part('joins', 0.006) + (chance(id, 'j', hourMs) > 0.9 ? 1 : 0),
		leaves: part('leaves', 0.004) + (chance(id, 'l', hourMs) > 0.94 ? 1 : 0),
		raw_ms: Math.round(present * 1.22),
		present_ms: present,
		engaged_ms: Math.round(present * 0.78),
		talking_ms: Math.round(present * 0.52),
	};
}
