/* Shaping of the week: totals in, means per hour out, because a range may hold five Mondays and four Sundays. */
import type { TFunction } from 'i18next';
import type { Heatmap } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';
import { dayOf } from '@/lib/zone';

export const HOURS = 24;

export interface HeatCell {
	day: number;
	hour: number;
	mean: number;
	/** 0 … 1, how dark */
	level: number;
	/** the range holds no such hour */
	isOut: boolean;
}

export interface HeatGrid {
	rows: HeatCell[][];
	/** null: nothing was counted */
	peak: HeatCell | null;
	quiet: HeatCell | null;
}

interface LocalHour {
	day: number;
	hour: number;
}

function localHour(atMs: number, zone: string): LocalHour {
	const hour = new Intl.DateTimeFormat('en-GB', {
		timeZone: zone,
		hour: 'numeric',
		hourCycle: 'h23',
	});
	const day = new Date(`${dayOf(atMs, zone)}T00:00:00Z`).getUTCDay();
	return { day: (day + 6) % 7, hour: Number(hour.format(atMs)) };
}

/* How often each hour of the week lies in the range: its first and last day may be incomplete. */
function countHours({ range, days }: Heatmap): number[][] {
	const first = localHour(Date.parse(range.from), range.timezone);
	const last = localHour(Date.parse(range.to) - 1, range.timezone);
	return days.map((count, day) =>
		Array.from({ length: HOURS }, (_, hour) => {
			const isBefore = day === first.day && hour < first.hour;
			const isAfter = day === last.day && hour > last.hour;
			return Math.max(0, count - Number(isBefore) - Number(isAfter));
		}),
	);
}

export function shapeHeatmap(answer: Heatmap): HeatGrid {
	const counts = countHours(answer);
	const means = answer.cells.map((row, day) =>
		row.map((total, hour) => total / Math.max(1, counts[day]?.[hour] ?? 0)),
	);
	const top = Math.max(...means.flat());
	/* A power below one keeps quiet hours apart from empty ones beside a loud evening. */
	const rows = means.map((row, day) =>
		row.map((mean, hour) => ({
			day,
			hour,
			mean,
			level: top > 0 ? (mean / top) ** 0.75 : 0,
			isOut: !counts[day]?.[hour],
		})),
	);
	if (!(top > 0)) return { rows, peak: null, quiet: null };
	const seen = rows.flat().filter((cell) => !cell.isOut);
	const least = Math.min(...seen.map((cell) => cell.mean));
	return {
		rows,
		peak: seen.find((cell) => cell.mean === top) ?? null,
		quiet: seen.find((cell) => cell.mean === least) ?? null,
	};
}

export function heatText(metric: Heatmap['metric'], mean: number, formats: Formats): string {
	return metric === 'voice' ? formats.duration(mean) : formats.mean(mean);
}

export function heatTable(answer: Heatmap, t: TFunction, formats: Formats): Table {
	const { rows } = shapeHeatmap(answer);
	const digits = answer.metric === 'voice' ? 0 : 2;
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
			...row.map((cell) => (cell.isOut ? null : Number(cell.mean.toFixed(digits)))),
		]),
	};
}
