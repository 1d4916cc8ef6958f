/*
 * Shaping of the chart of several guilds: one measure, a line a guild. Each has days of its own
 * calendar; those of one date stand above each other, on the calendar of the first.
 */
import type { FigureKey, GuildCard, Timeseries } from '@/api/types';
import { frameOf, seriesOf, sum, type Values } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';
import { dayOf } from '@/lib/zone';

export const CHOSEN_MAX = 5;
export const MEASURES = ['messages', 'active_members', 'voice', 'net_growth', 'members'] as const;
export type FleetMeasure = (typeof MEASURES)[number] & FigureKey;

/** Which series of which metric a measure is. */
const METRICS = {
	messages: 'messages',
	active_members: 'members',
	voice: 'voice',
	net_growth: 'members',
	members: 'members',
} as const;
export const metricOf = (measure: FleetMeasure) => METRICS[measure];

/** Apart by lightness, too; the first of them are told apart best. */
const COLORS = ['--ra-people', '--ra-leaves', '--ra-members', '--ra-reactions', '--ra-bots'];
const HOUR_MS = 3_600_000;

export interface Course {
	guild: GuildCard;
	answer: Timeseries;
}

/** Those in the address that one may see, in its order; nothing there: the busiest. */
export function chosenOf(asked: string | null, watched: GuildCard[]): GuildCard[] {
	if (asked === null) return watched.slice(0, CHOSEN_MAX);
	const ids = [...new Set(asked.split(','))];
	return ids.flatMap((id) => watched.filter((guild) => guild.id === id)).slice(0, CHOSEN_MAX);
}

/** With the guild or without it; as it was when there are enough. */
export function toggled(chosen: string[], id: string): string[] {
	if (chosen.includes(id)) return chosen.filter((other) => other !== id);
	return chosen.length < CHOSEN_MAX ? [...chosen, id] : chosen;
}

function valuesOf(answer: Timeseries, measure: FleetMeasure): Values {
	if (measure === 'voice') return seriesOf(answer, 'present_ms').values;
	if (measure === 'active_members') return seriesOf(answer, 'active').values;
	if (measure !== 'net_growth') return seriesOf(answer, measure).values;
	const left = seriesOf(answer, 'leaves').values;
	return seriesOf(answer, 'joins').values.map((joined, index) => {
		const gone = left[index] ?? null;
		return joined === null || gone === null ? null : joined - gone;
	});
}

const datesOf = ({ starts, range }: Timeseries) =>
	starts.map((start) => dayOf(Date.parse(start), range.timezone));

/** The values of `answer` under the dates of another. */
export function onDates(dates: string[], answer: Timeseries, values: Values): Values {
	const own = datesOf(answer);
	return dates.map((date) => values[own.indexOf(date)] ?? null);
}

export function shapeCourses(
	courses: Course[],
	measure: FleetMeasure,
	words: Words,
): Shaped | undefined {
	const { t, formats } = words;
	const first = courses[0]?.answer;
	if (!first) return undefined;
	const dates = datesOf(first);
	const isTime = measure === 'voice';
	const show = isTime
		? (hours: number) => formats.duration(hours * HOUR_MS)
		: measure === 'net_growth'
			? formats.signed
			: formats.count;
	const series = courses.map(({ guild, answer }, place) => ({
		key: guild.id,
		label: guild.name,
		color: COLORS[place] ?? '--ra-people',
		kind: 'line' as const,
		values: onDates(dates, answer, valuesOf(answer, measure)).map((value) =>
			value !== null && isTime ? value / HOUR_MS : value,
		),
		show,
	}));
	const model = {
		...frameOf({ ...first, compare_range: null }),
		/* Each has gaps of its own; one shade for all would be wrong about most. */
		gaps: [],
		series,
		hasFractions: isTime,
		tick: isTime ? (hours: number) => formats.hours(hours * HOUR_MS) : formats.short,
		cursors: 'fleet',
	};
	const table = seriesTable(
		{ ...first, compare_range: null },
		[],
		series.map(({ key, label, values }) => ({
			key,
			title: label,
			values,
			show,
			write: (value: number) => Math.round(value * 100) / 100,
		})),
		words,
	);
	return { model, table, summary: measure === 'members' ? '' : leader(series, show, t) };
}

/* Who has most of it. A level can not be added up. */
function leader(
	series: { label: string; values: Values }[],
	show: (value: number) => string,
	t: Words['t'],
): string {
	const totals = series.map(({ label, values }) => ({ label, total: sum(values) }));
	const most = totals.toSorted((a, b) => b.total - a.total)[0];
	if (!most || totals.length < 2) return '';
	return t('fleet.most', { name: most.label, value: show(most.total) });
}
