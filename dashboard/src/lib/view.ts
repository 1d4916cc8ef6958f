/*
 * What the overview shows, as it stands in the address bar. The URL is the state: it can be
 * shared, and the back button works. Anything unknown in it falls back to the default, and
 * defaults are left out, so that the plain address stays plain.
 */
import type { Query } from '@/api/client';

export type RangeQuery = Pick<
	NonNullable<Query<'/api/v1/guilds/{guild_id}/overview'>>,
	'period' | 'from' | 'to' | 'compare' | FilterKey
>;
/** What the figures are about; ids with commas between them. */
export type FilterKey = 'channel' | 'category' | 'role' | 'member' | 'bots';
export type Period = NonNullable<RangeQuery['period']>;
export type Compare = NonNullable<RangeQuery['compare']>;
export type MessageSeries = 'messages' | 'bot_messages' | 'reactions';
export type VoiceRule = 'raw_ms' | 'present_ms' | 'engaged_ms' | 'talking_ms';
export type MembersPart = 'growth' | 'active';
export type Measure = 'messages' | 'voice';

/** In menu order; `hotkey` is one key without modifiers. */
export const PERIODS: readonly { period: Period; hotkey: string }[] = [
	{ period: 'today', hotkey: 'd' },
	{ period: 'yesterday', hotkey: 'e' },
	{ period: '24h', hotkey: 'h' },
	{ period: '7d', hotkey: 'w' },
	{ period: '28d', hotkey: 'f' },
	{ period: '30d', hotkey: 't' },
	{ period: '91d', hotkey: 'n' },
	{ period: 'month', hotkey: 'm' },
	{ period: 'last_month', hotkey: 'p' },
	{ period: 'ytd', hotkey: 'y' },
	{ period: '12mo', hotkey: 'l' },
	{ period: 'all', hotkey: 'a' },
	{ period: 'custom', hotkey: 'c' },
];
export const COMPARES: readonly Compare[] = ['previous', 'year', 'none'];
export const COMPARE_HOTKEY = 'x';
export const MESSAGE_SERIES: readonly MessageSeries[] = ['messages', 'bot_messages', 'reactions'];
export const VOICE_RULES: readonly VoiceRule[] = [
	'raw_ms',
	'present_ms',
	'engaged_ms',
	'talking_ms',
];
export const MEMBERS_PARTS: readonly MembersPart[] = ['growth', 'active'];
export const MEASURES: readonly Measure[] = ['messages', 'voice'];

export const ID_FILTERS = ['channel', 'category', 'role', 'member'] as const;
export type IdFilter = (typeof ID_FILTERS)[number];
export type Bots = '' | 'without' | 'with' | 'only';
const BOTS: readonly Bots[] = ['', 'without', 'with', 'only'];
const IDS_MAX = 50;

export interface View {
	period: Period;
	from: string;
	to: string;
	compare: Compare;
	channel: string;
	category: string;
	role: string;
	member: string;
	bots: Bots;
	/** another guild to compare with, in place of another time */
	with: string;
	/** lines of the messages chart */
	show: readonly MessageSeries[];
	/** what the members chart is about */
	people: MembersPart;
	/** rule of the voice chart */
	rule: VoiceRule;
	/** what the heatmap counts */
	heat: Measure;
	/** what members are ranked by */
	by: Measure;
}

export const DEFAULT_VIEW: View = {
	period: '28d',
	from: '',
	to: '',
	compare: 'previous',
	channel: '',
	category: '',
	role: '',
	member: '',
	bots: '',
	with: '',
	show: ['messages'],
	people: 'growth',
	rule: 'present_ms',
	heat: 'messages',
	by: 'messages',
};

const DAY = /^\d{4}-\d{2}-\d{2}$/;

export function isDay(text: string | null): text is string {
	return !!text && DAY.test(text) && !Number.isNaN(Date.parse(`${text}T00:00:00Z`));
}

function oneOf<T extends string>(text: string | null, known: readonly T[], fallback: T): T {
	return known.find((item) => item === text) ?? fallback;
}

function someOf<T extends string>(
	text: string | null,
	known: readonly T[],
	fallback: readonly T[],
) {
	const asked = (text ?? '').split(',');
	const found = known.filter((item) => asked.includes(item));
	return found.length ? found : fallback;
}

/* Ids only, each once, no more than are taken. */
function idsOf(text: string | null): string {
	const ids = (text ?? '').split(',').filter((id) => /^[1-9]\d{0,18}$/.test(id));
	return [...new Set(ids)].slice(0, IDS_MAX).join();
}

export function parseView(search: URLSearchParams): View {
	const text = (name: string) => search.get(name);
	const period = oneOf(
		text('period'),
		PERIODS.map((p) => p.period),
		DEFAULT_VIEW.period,
	);
	const from = text('from');
	const to = text('to');
	const isWhole = isDay(from) && isDay(to) && from <= to;
	const isBroken = period === 'custom' && !isWhole;
	return {
		period: isBroken ? DEFAULT_VIEW.period : period,
		from: period === 'custom' && isWhole ? from : '',
		to: period === 'custom' && isWhole ? to : '',
		compare: oneOf(text('compare'), COMPARES, DEFAULT_VIEW.compare),
		channel: idsOf(text('channel')),
		category: idsOf(text('category')),
		role: idsOf(text('role')),
		member: idsOf(text('member')),
		bots: oneOf(text('bots'), BOTS, ''),
		with: idsOf(text('with')).split(',')[0] ?? '',
		show: someOf(text('show'), MESSAGE_SERIES, DEFAULT_VIEW.show),
		people: oneOf(text('people'), MEMBERS_PARTS, DEFAULT_VIEW.people),
		rule: oneOf(text('rule'), VOICE_RULES, DEFAULT_VIEW.rule),
		heat: oneOf(text('heat'), MEASURES, DEFAULT_VIEW.heat),
		by: oneOf(text('by'), MEASURES, DEFAULT_VIEW.by),
	};
}

/** The search part for `view`, keeping parameters that are not ours. */
export function writeView(view: View, search: URLSearchParams): URLSearchParams {
	const next = new URLSearchParams(search);
	for (const name of Object.keys(DEFAULT_VIEW) as (keyof View)[]) {
		const value = String(view[name]);
		if (value === String(DEFAULT_VIEW[name])) next.delete(name);
		else next.set(name, value);
	}
	return next;
}

/** What one looks at, without how a page shows it: kept from page to page. */
export function keepRange(search: URLSearchParams): URLSearchParams {
	const kept = ['period', 'from', 'to', 'compare'].filter((name) => search.has(name));
	return new URLSearchParams(kept.map((name) => [name, search.get(name) ?? '']));
}

/** What a question about figures needs: the range, and the filter where there is one. */
export function rangeQuery(view: View): RangeQuery {
	const { period, from, to } = view;
	const compare = view.with ? 'none' : view.compare;
	const range = period === 'custom' ? { period, from, to, compare } : { period, compare };
	return { ...range, ...filterQuery(view) };
}

export function filterQuery(view: View): Pick<RangeQuery, FilterKey> {
	const query: Pick<RangeQuery, FilterKey> = {};
	for (const key of ID_FILTERS) if (view[key]) query[key] = view[key];
	if (view.bots) query.bots = view.bots;
	return query;
}

export const filterKeysOf = (query: RangeQuery): FilterKey[] =>
	[...ID_FILTERS, 'bots' as const].filter((key) => query[key]);
