/* Shared by the shaping of the three charts: the answer in, a drawing, a table and a sentence out. */
import type { TFunction } from 'i18next';
import type { Timeseries } from '@/api/types';
import { peakOf, type ChartModel, type ChartSeries, type Named, type Values } from './chart-model';
import type { Formats } from '@/lib/format';
import type { Cell, Column, Table } from '@/lib/table';

export interface Shaped {
	model: ChartModel;
	table: Table;
	summary: string;
}

/** What an answer in buckets has, whatever it counts. */
export type TimeAnswer = Pick<Timeseries, 'bucket' | 'range' | 'compare_range' | 'starts'> & Named;

export interface Words {
	t: TFunction;
	formats: Formats;
}

export interface TableSeries extends Column {
	values: Values;
}

type Drawn = Pick<ChartSeries, 'key' | 'label' | 'show' | 'previous'> & Pick<Column, 'write'>;

/* What the chart draws dashed stands in the table as a column of its own. */
function comparedColumns(answer: TimeAnswer, drawn: Drawn[], { t, formats }: Words): TableSeries[] {
	const compared = answer.compare_range;
	if (!compared) return [];
	return drawn.flatMap(({ key, label, previous, show, write }) => {
		const range = answer.compared_name ?? formats.range(compared);
		const title = t('chart.legend_before', { series: label, range });
		return previous ? [{ key: `${key}_previous`, title, values: previous, show, write }] : [];
	});
}

export function seriesTable(
	answer: TimeAnswer,
	drawn: Drawn[],
	counted: TableSeries[],
	words: Words,
): Table {
	const { t, formats } = words;
	const { bucket, range, starts } = answer;
	const series = [...counted, ...comparedColumns(answer, drawn, words)];
	return {
		columns: [
			{
				key: 'start',
				title: t(`chart.bucket.${bucket}`),
				read: (start) => formats.bucket(Date.parse(start), bucket, range.timezone),
			},
			...series.map(({ values, ...column }) => ({ ...column, isNumber: true })),
		],
		rows: starts.map((start, index): Cell[] => [
			start,
			...series.map((column) => column.values[index] ?? null),
		]),
	};
}

/* The bucket that still runs would pull the mean down; it is left out when there are others. */
export function meanOf(values: Values, isLastPartial: boolean): number {
	const whole = isLastPartial && values.length > 1 ? values.slice(0, -1) : values;
	const known = whole.filter((value) => value !== null);
	return known.length ? known.reduce((total, value) => total + value, 0) / known.length : 0;
}

/** `most on Fri, 14 Nov: 812`, or nothing when nothing was counted. */
export function peakText(
	values: Values,
	answer: TimeAnswer,
	show: (value: number) => string,
	{ t, formats }: Words,
): string {
	const peak = peakOf(values);
	const start = answer.starts[peak];
	if (!start || values.length < 2) return '';
	return t('summary.peak', {
		when: formats.bucket(Date.parse(start), answer.bucket, answer.range.timezone),
		value: show(values[peak] ?? 0),
	});
}
