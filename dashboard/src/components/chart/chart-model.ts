/*
 * What a time chart is told to draw. Pure data and pure functions: the shaping of each panel
 * makes a ChartModel, plot.ts turns it into uPlot's options.
 *
 * The x axis counts buckets (0 … n-1), not milliseconds: days that last 23 hours and months
 * of 28 days are as wide as the others, and bucket i lies between i - ½ and i + ½.
 */
import type { Bucket, Range, Timeseries } from '@/api/types';

export type Values = (number | null)[];

export interface ChartSeries {
	key: string;
	label: string;
	/** name of a CSS custom property, so that it follows the theme */
	color: string;
	kind: 'area' | 'line' | 'bars';
	/** drawn downwards from zero */
	isBelow?: boolean;
	axis?: 'left' | 'right';
	values: Values;
	/** the compared period; drawn dashed */
	previous?: Values | null;
	show: (value: number) => string;
}

export interface Span {
	from: number;
	to: number;
}

/** Something that happened, in bucket coordinates; a moment begins and ends at once. */
export interface ChartMark extends Span {
	/** name of a CSS custom property */
	color: string;
	text: string;
}

export interface ChartModel {
	bucket: Bucket;
	zone: string;
	startsMs: number[];
	endMs: number;
	/** what to add to a start to find its partner in the compared period; null: nothing compared */
	compareShiftMs: number | null;
	/** whose figures stand beside, where they are another guild's of the same days */
	compareName?: string;
	isLastPartial: boolean;
	/** where nobody was watching, in bucket coordinates */
	gaps: Span[];
	/** what happened, as far as somebody wants it shown */
	marks?: ChartMark[];
	series: ChartSeries[];
	/** axis labels */
	tick: (value: number) => string;
	/** charts of one name share their cursor; left out: those that follow the page's period do */
	cursors?: string;
	/** the axis may have 2.5 of it */
	hasFractions?: boolean;
}

/** Where an instant falls on an axis of buckets. */
export function positionOf(atMs: number, startsMs: number[], endMs: number): number {
	let index = startsMs.findLastIndex((start) => start <= atMs);
	if (index < 0) index = 0;
	const start = startsMs[index] ?? 0;
	const next = startsMs[index + 1] ?? endMs;
	const part = next > start ? (atMs - start) / (next - start) : 0;
	return index - 0.5 + Math.min(1, Math.max(0, part));
}

function gapSpans(range: Range, startsMs: number[], endMs: number): Span[] {
	return range.gaps
		.map((gap) => ({
			from: positionOf(Date.parse(gap.from), startsMs, endMs),
			to: positionOf(Date.parse(gap.to), startsMs, endMs),
		}))
		.filter((span) => span.to > span.from);
}

/** An answer beside which another guild's figures were put. */
export interface Named {
	compared_name?: string;
}

/** Everything of a model that does not depend on which figures are shown. */
export function frameOf(
	answer: Pick<Timeseries, 'range' | 'compare_range' | 'starts' | 'bucket' | 'is_last_partial'> &
		Named,
): Omit<ChartModel, 'series' | 'tick' | 'hasFractions' | 'cursors'> {
	const { range, compare_range: compared } = answer;
	const startsMs = answer.starts.map((start) => Date.parse(start));
	const endMs = Date.parse(range.to);
	return {
		bucket: answer.bucket,
		zone: range.timezone,
		startsMs,
		endMs,
		compareName: answer.compared_name,
		compareShiftMs: compared ? Date.parse(compared.from) - Date.parse(range.from) : null,
		isLastPartial: answer.is_last_partial,
		gaps: gapSpans(range, startsMs, endMs),
	};
}

export function seriesOf(
	answer: Pick<Timeseries, 'series'>,
	key: string,
): { values: Values; previous: Values | null } {
	const found = answer.series.find((series) => series.key === key);
	return { values: found?.values ?? [], previous: found?.previous ?? null };
}

export const sum = (values: Values) =>
	values.reduce<number>((total, value) => total + (value ?? 0), 0);

/** The index of the largest value; -1 when nothing was counted. */
export function peakOf(values: Values): number {
	let best = -1;
	values.forEach((value, index) => {
		if (value !== null && value > 0 && value > (values[best] ?? 0)) best = index;
	});
	return best;
}

/** Nothing happened; a level that merely stands (members) is nothing happening. */
export const isEmpty = (model: ChartModel) =>
	model.series
		.filter((series) => series.axis !== 'right')
		.every((series) => series.values.every((value) => !value));

/*
 * The last bucket is still running: it must not look like a fall. `solid` ends before it,
 * `partial` is the dashed step into it.
 */
export function splitPartial(values: Values, isLastPartial: boolean) {
	const last = values.length - 1;
	if (!isLastPartial || last < 0) return { solid: values, partial: null };
	const solid = values.map((value, index) => (index === last ? null : value));
	const partial = values.map((value, index) => (index >= last - 1 ? value : null));
	return { solid, partial };
}

const TIDY_STEPS: Record<Bucket, readonly number[]> = {
	hour: [1, 2, 3, 4, 6, 12, 24],
	day: [1, 2, 7, 14, 28],
	week: [1, 2, 4, 8, 13, 26],
	month: [1, 2, 3, 6, 12, 24],
};

/** Which buckets get a label, so that `room` of them fit. */
export function tickIndexes(count: number, room: number, bucket: Bucket): number[] {
	const steps = TIDY_STEPS[bucket];
	const wanted = count / Math.max(1, room);
	const step = steps.find((tidy) => tidy >= wanted) ?? Math.ceil(wanted);
	return Array.from({ length: Math.ceil(count / step) }, (_, index) => index * step);
}
