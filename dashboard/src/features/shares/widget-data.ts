/* Shaping of a shared page's charts. What is left out because it is of few people is a hole. */
import type { SharedHours, Timeseries } from '@/api/types';
import { frameOf, seriesOf, type ChartSeries, type Values } from '@/components/chart/chart-model';
import { seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export type SeriesWidget = 'messages' | 'members' | 'voice';

const HOUR_MS = 3_600_000;

const SERIES = {
	messages: [
		{ key: 'messages', color: '--ra-people', kind: 'area' },
		{ key: 'reactions', color: '--ra-reactions', kind: 'line' },
	],
	members: [{ key: 'active', color: '--ra-people', kind: 'area' }],
	voice: [{ key: 'present_ms', color: '--ra-voice', kind: 'area' }],
} as const satisfies Record<SeriesWidget, readonly Pick<ChartSeries, 'key' | 'color' | 'kind'>[]>;

export function shapeWidget(
	widget: SeriesWidget,
	answer: Timeseries,
	{ t, formats }: Words,
): Shaped {
	const isTime = widget === 'voice';
	const show = isTime ? (value: number) => formats.duration(value * HOUR_MS) : formats.count;
	const scaled = (values: Values): Values =>
		isTime ? values.map((value) => (value === null ? null : value / HOUR_MS)) : values;
	const series = SERIES[widget].map(({ key, color, kind }) => ({
		key,
		color,
		kind,
		label: t(`shared.series.${key}`),
		values: scaled(seriesOf(answer, key).values),
		previous: null,
		show,
	}));
	return {
		model: {
			...frameOf(answer),
			series,
			hasFractions: isTime,
			tick: isTime ? (value) => formats.hours(value * HOUR_MS) : formats.short,
			cursors: 'shared',
		},
		table: seriesTable(
			answer,
			series,
			series.map(({ key, label, values }) => ({ key, title: label, values, show })),
			{ t, formats },
		),
		summary: '',
	};
}

export interface HourCell {
	day: number;
	hour: number;
	/** null: left out */
	mean: number | null;
	/** how often this hour came; 0: the range holds none */
	times: number;
	/** 0 … 1, how dark */
	level: number;
}

/** Monday first; the peak is null when there is nothing to show. */
export function shapeHours({ cells, times }: SharedHours): {
	rows: HourCell[][];
	peak: HourCell | null;
} {
	const meanOf = (day: number, hour: number) => {
		const total = cells[day]?.[hour] ?? null;
		return total === null ? null : total / Math.max(1, times[day]?.[hour] ?? 0);
	};
	const means = cells.map((row, day) => row.map((_, hour) => meanOf(day, hour)));
	const top = Math.max(...means.flat().map((mean) => mean ?? 0));
	const rows = means.map((row, day) =>
		row.map((mean, hour) => ({
			day,
			hour,
			mean,
			times: times[day]?.[hour] ?? 0,
			level: mean && top > 0 ? (mean / top) ** 0.75 : 0,
		})),
	);
	return {
		rows,
		peak: rows.flat().find(({ mean }) => mean !== null && mean === top && top > 0) ?? null,
	};
}
