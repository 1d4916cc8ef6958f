/* Answers as the contract has them; small enough to check by hand. */
import type {
	Guild,
	GuildCard,
	Heatmap,
	Instance,
	Live,
	Me,
	Overview,
	Range,
	Setup,
	Timeseries,
	TopChannels,
	TopMembers,
} from '@/api/types';

export const GUILD_ID = '900000000000000001';

export const instance: Instance = {
	name: 'Rations',
	version: '1.0.0',
	is_demo: false,
	is_configured: true,
	invite_url: 'https://discord.com/oauth2/authorize?client_id=1',
	source_url: 'https://example.org/source',
	bot: { id: '1', name: 'Rations', guilds: 1 },
};

export const me: Me = {
	id: '5',
	name: 'Ann',
	username: 'ann',
	avatar_url: null,
	csrf_token: 'secret-token',
	is_owner: false,
};

export const guild: Guild = {
	id: GUILD_ID,
	name: 'Night City',
	icon_url: null,
	timezone: 'Europe/Moscow',
	members: 120,
	can_manage: true,
	can_see_people: true,
	can_see_figures: true,
	is_staff: false,
	is_available: true,
	first_event_at: '2025-01-01T00:00:00Z',
	first_message_at: '2025-01-01T00:00:00Z',
	last_event_at: '2025-11-05T09:00:00Z',
};

/* Nothing is left to do. */
export const setup: Setup = {
	is_connected: true,
	channels: 5,
	hidden_channels: 0,
	is_zone_chosen: true,
	timezone: 'Europe/Moscow',
	people_known: 100,
	first_event_at: '2025-01-01T00:00:00Z',
};

export const card: GuildCard = {
	id: GUILD_ID,
	name: 'Night City',
	icon_url: null,
	is_owner: true,
	can_manage: true,
	can_see_figures: true,
	is_staff: false,
	has_bot: true,
	is_available: true,
	members: 120,
	messages_7d: 1,
	invite_url: null,
	has_data: false,
	deleted_at: null,
};

/* Three days in Moscow, the last one until noon; on the second nobody watched from 06:00 to 12:00. */
export const range: Range = {
	from: '2025-11-02T21:00:00Z',
	to: '2025-11-05T09:00:00Z',
	timezone: 'Europe/Moscow',
	coverage: 0.9,
	gaps: [{ from: '2025-11-04T03:00:00Z', to: '2025-11-04T09:00:00Z', cause: 'zombie' }],
	is_partial: true,
};

export const compareRange: Range = {
	from: '2025-10-30T21:00:00Z',
	to: '2025-11-02T09:00:00Z',
	timezone: 'Europe/Moscow',
	coverage: 1,
	gaps: [],
	is_partial: true,
};

export const overview: Overview = {
	range,
	compare_range: compareRange,
	figures: [
		{ key: 'joins', value: 4, previous: 8, sparkline: [1, 2, 1] },
		{ key: 'leaves', value: 3, previous: 1, sparkline: [1, 2, 0] },
		{ key: 'messages', value: 1234, previous: 1000, sparkline: [400, 800, 34] },
		{ key: 'voice', value: 5_400_000, previous: null, sparkline: [0, 5_400_000, 0] },
	],
};

const days = {
	range,
	compare_range: compareRange,
	bucket: 'day' as const,
	starts: ['2025-11-02T21:00:00.000Z', '2025-11-03T21:00:00.000Z', '2025-11-04T21:00:00.000Z'],
	is_last_partial: true,
};

export const messages: Timeseries = {
	...days,
	metric: 'messages',
	series: [
		{ key: 'messages', values: [400, 800, 34], previous: [300, 500, 200] },
		{ key: 'bot_messages', values: [10, 20, 3], previous: [1, 2, 3] },
		{ key: 'reactions', values: [5, 6, 7], previous: null },
	],
};

export const members: Timeseries = {
	...days,
	metric: 'members',
	series: [
		{ key: 'members', values: [119, 119, 120], previous: [110, 111, 112] },
		{ key: 'joins', values: [1, 2, 1], previous: [3, 3, 2] },
		{ key: 'leaves', values: [1, 2, 0], previous: [0, 1, 0] },
		{ key: 'active', values: [30, 50, 8], previous: [20, 20, 20] },
	],
};

export const voice: Timeseries = {
	...days,
	metric: 'voice',
	series: [
		{ key: 'raw_ms', values: [0, 7_200_000, 0], previous: null },
		{ key: 'present_ms', values: [0, 5_400_000, 0], previous: [3_600_000, 0, 0] },
		{ key: 'engaged_ms', values: [0, 1_800_000, 0], previous: null },
		{ key: 'talking_ms', values: [0, 900_000, 0], previous: null },
	],
};

export const heatmap: Heatmap = {
	range,
	metric: 'messages',
	cells: Array.from({ length: 7 }, (_, day) =>
		Array.from({ length: 24 }, (_, hour) => (day === 1 && hour === 20 ? 400 : day < 3 ? 4 : 0)),
	),
	days: [1, 1, 1, 0, 0, 0, 0],
};

export const topChannels: TopChannels = {
	range,
	total: 1000,
	channels: [
		{
			id: '1',
			name: 'general',
			kind: 0,
			is_deleted: false,
			messages: 700,
			members: 9,
			previous_messages: 350,
		},
		{
			id: '2',
			name: '',
			kind: 2,
			is_deleted: true,
			messages: 300,
			members: 4,
			previous_messages: null,
		},
	],
};

export const topMembers: TopMembers = {
	range,
	members: [
		{
			id: '7',
			name: '=cmd()',
			avatar_url: null,
			has_left: true,
			messages: 50,
			replies: 5,
			reactions_given: 2,
			voice_ms: 120_000,
			previous_messages: 0,
		},
	],
};

export const live: Live = {
	at: '2025-11-05T09:00:00Z',
	messages_minute: 7,
	messages_today: 34,
	members: 120,
	voice_now: 2,
	joins_today: 1,
	leaves_today: 0,
	last_event_at: '2025-11-05T09:00:00Z',
	minutes: Array.from({ length: 30 }, (_, minute) => (minute === 29 ? 5 : 0)),
};
