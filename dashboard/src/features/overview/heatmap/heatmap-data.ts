/* Shaping of the week: totals in, means per hour out, because a range may hold five Mondays and four Sundays. */
import type { TFunction } from 'i18next';
import type { Heatmap } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';

export const HOURS = 24;

export interface HeatCell {
	day: number;
	hour: number;
	mean: number;
	/** 0 … 1, how dark */
	level: number;
}

export interface HeatGrid {
	rows: HeatCell[][];
	/** null: nothing was counted */
	peak: HeatCell | null;
	quiet: HeatCell | null;
}

export function shapeHeatmap({ cells, days }: Heatmap): HeatGrid {
	const means = cells.map((row, day) => row.map((total) => total / Math.max(1, days[day] ?? 0)));
	const top = Math.max(...means.flat());
	/* A power below one keeps quiet hours apart from empty ones beside a loud evening. */
	const rows = means.map((row, day) =>
		row.map((mean, hour) => ({ day, hour, mean, level: top > 0 ? (mean / top) ** 0.75 : 0 })),
	);
	if (!(top > 0)) return { rows, peak: null, quiet: null };
	const seen = rows.flat().filter((cell) => (days[cell.day] ?? 0) > 0);
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
			...row.map((cell) => Number(cell.mean.toFixed(digits))),
		]),
	};
}
