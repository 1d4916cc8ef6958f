/* Shaping of the week: totals and how often each hour came, in; means, and the best hours, out. */
import type { TFunction } from 'i18next';
import type { Hours } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';
import type { VoiceRule } from '@/lib/view';

export const HOURS = 24;
const DAYS = 7;

export const HOUR_MEASURES = ['messages', 'active', 'voice', 'joins', 'reactions'] as const;
export type HourMeasure = (typeof HOUR_MEASURES)[number];

export type HourMetric =
	'messages' | 'active' | 'joins' | 'reactions' | 'raw' | 'present' | 'engaged' | 'talking';

/** What to ask the server for. */
export function metricOf(measure: HourMeasure, rule: VoiceRule): HourMetric {
	return measure === 'voice' ? (rule.replace('_ms', '') as HourMetric) : measure;
}

export interface HourCell {
	day: number;
	hour: number;
	mean: number;
	/** how often this hour came; 0: the range holds none */
	times: number;
}

/** Monday first; a mean where the hour came at all. */
export function cellsOf({ cells, times }: Hours): HourCell[][] {
	return cells.map((row, day) =>
		row.map((total, hour) => {
			const count = times[day]?.[hour] ?? 0;
			return { day, hour, times: count, mean: count ? total / count : 0 };
		}),
	);
}

/** From the best on; hours in which nothing happened are no good hours. */
export function bestHours(rows: HourCell[][], count: number): HourCell[] {
	return rows
		.flat()
		.filter((cell) => cell.times > 0 && cell.mean > 0)
		.toSorted((a, b) => b.mean - a.mean || a.day - b.day || a.hour - b.hour)
		.slice(0, count);
}

export interface DayHour {
	hour: number;
	mean: number;
}

/** The mean of each hour of the day, over all days that had it. */
export function dayCourse(rows: HourCell[][]): DayHour[] {
	return Array.from({ length: HOURS }, (_, hour) => {
		const seen = rows.flatMap((row) => row.filter((cell) => cell.hour === hour));
		const times = seen.reduce((sum, cell) => sum + cell.times, 0);
		const total = seen.reduce((sum, cell) => sum + cell.mean * cell.times, 0);
		return { hour, mean: times ? total / times : 0 };
	});
}

/** The mean of each weekday, all of its hours together. */
export function weekCourse(rows: HourCell[][]): number[] {
	return Array.from({ length: DAYS }, (_, day) =>
		(rows[day] ?? []).reduce((sum, cell) => sum + cell.mean, 0),
	);
}

/** The stretch of `length` hours, midnight passed or not, in which least happens. */
export function quietest(course: DayHour[], length: number): { from: number; to: number } {
	const sums = course.map((_, from) =>
		Array.from({ length }, (_unused, step) => course[(from + step) % HOURS]?.mean ?? 0).reduce(
			(sum, mean) => sum + mean,
			0,
		),
	);
	const from = sums.indexOf(Math.min(...sums));
	return { from, to: (from + length) % HOURS };
}

export function hourText(measure: HourMeasure, mean: number, formats: Formats): string {
	return measure === 'voice' ? formats.duration(mean) : formats.mean(mean);
}

export function hoursTable(rows: HourCell[][], t: TFunction, formats: Formats): Table {
	return {
		columns: [
			{ key: 'weekday', title: t('heatmap.weekday') },
			...Array.from({ length: HOURS }, (_, hour) => ({
				key: String(hour).padStart(2, '0'),
				title: `${String(hour).padStart(2, '0')}:00`,
				isNumber: true,
			})),
		],
		rows: rows.map((row, day) => [
			formats.weekday(day, 'long'),
			...row.map((cell) => (cell.times ? Number(cell.mean.toFixed(2)) : null)),
		]),
	};
}
