/*
 * From a ChartModel to uPlot: data columns, series, axes, and the two things uPlot does not
 * know, shaded gaps and dashed last steps.
 */
import uPlot from 'uplot';
import {
	splitPartial,
	tickIndexes,
	type ChartMark,
	type ChartModel,
	type ChartSeries,
	type Values,
} from './chart-model';

const LABEL_WIDTH = 68;
const CURSORS = 'period';
/* Half a message does not exist. */
const WHOLE_STEPS = [1, 2, 5]
	.flatMap((digit) => Array.from({ length: 9 }, (_, zeros) => digit * 10 ** zeros))
	.sort((a, b) => a - b);
const DASH_PREVIOUS = [5, 5];
const DASH_PARTIAL = [3, 4];

interface Column {
	values: Values;
	series: uPlot.Series;
}

/** Read when painting, so that a change of theme only needs a redraw. */
export const paint = (name: string) =>
	getComputedStyle(document.documentElement).getPropertyValue(name);

function veil(u: uPlot, color: string): CanvasGradient | string {
	const { top, height } = u.bbox;
	if (!Number.isFinite(height) || height <= 0) return 'transparent';
	const gradient = u.ctx.createLinearGradient(0, top, 0, top + height);
	const base = paint(color);
	gradient.addColorStop(0, `color-mix(in srgb, ${base} 22%, transparent)`);
	gradient.addColorStop(1, `color-mix(in srgb, ${base} 2%, transparent)`);
	return gradient;
}

const scaleOf = (series: ChartSeries) => (series.axis === 'right' ? 'right' : 'left');
const drawn = (series: ChartSeries, values: Values): Values =>
	series.isBelow ? values.map((value) => (value === null ? null : -value)) : values;

function lineColumns(series: ChartSeries, isLastPartial: boolean): Column[] {
	const { solid, partial } = splitPartial(series.values, isLastPartial);
	const isLonely = series.values.filter((value) => value !== null).length < 3;
	const shared = {
		scale: scaleOf(series),
		stroke: () => paint(series.color),
		width: 2,
	};
	const columns: Column[] = [
		{
			values: solid,
			series: {
				...shared,
				...(series.kind === 'area' && { fill: (u: uPlot) => veil(u, series.color) }),
				points: { show: isLonely, size: 7, fill: () => paint(series.color) },
			},
		},
	];
	if (partial)
		columns.push({
			values: partial,
			series: { ...shared, dash: DASH_PARTIAL, points: { show: isLonely, size: 7 } },
		});
	return columns;
}

const bars = (radius: number) => uPlot.paths.bars?.({ size: [0.62, 26], radius });

function barColumns(series: ChartSeries, isLastPartial: boolean): Column[] {
	const { solid } = splitPartial(series.values, isLastPartial);
	const last = series.values.map((value, index) =>
		isLastPartial && index === series.values.length - 1 ? value : null,
	);
	const column = (values: Values, share: number): Column => ({
		values: drawn(series, values),
		series: {
			scale: scaleOf(series),
			width: 0,
			fill: () => `color-mix(in srgb, ${paint(series.color)} ${share}%, transparent)`,
			paths: bars(0.2),
			points: { show: false },
		},
	});
	return isLastPartial ? [column(solid, 85), column(last, 40)] : [column(solid, 85)];
}

function previousColumn(series: ChartSeries, values: Values): Column {
	return {
		values: drawn(series, values),
		series: {
			scale: scaleOf(series),
			stroke: () => paint('--ra-previous'),
			width: 1.5,
			dash: DASH_PREVIOUS,
			points: { show: false },
		},
	};
}

/* The compared period lies under the current one. */
function columnsOf(model: ChartModel): Column[] {
	const below = model.series.flatMap((series) =>
		series.previous ? [previousColumn(series, series.previous)] : [],
	);
	const above = model.series.flatMap((series) =>
		series.kind === 'bars'
			? barColumns(series, model.isLastPartial)
			: lineColumns(series, model.isLastPartial),
	);
	return [...below, ...above];
}

/* Bars keep to the lower half, the line of the right axis to the upper. */
function scalesOf(model: ChartModel): uPlot.Scales {
	const hasRight = model.series.some((series) => series.axis === 'right');
	return {
		x: { time: false, range: [-0.5, model.startsMs.length - 0.5] },
		left: {
			range: (_u, min, max) => {
				const top = Math.max(max ?? 0, 1) * (hasRight ? 2.3 : 1.08);
				return [Math.min(min ?? 0, 0) * 1.15, top];
			},
		},
		right: {
			range: (_u, min, max) => {
				const spread = Math.max((max ?? 1) - (min ?? 0), (max ?? 1) * 0.01, 4);
				return [(min ?? 0) - spread * 1.1, (max ?? 1) + spread * 0.15];
			},
		},
	};
}

const allValues = (series: ChartSeries) =>
	[...series.values, ...(series.previous ?? [])].filter((value) => value !== null);

function axesOf(model: ChartModel, tickOf: (index: number) => string): uPlot.Axis[] {
	const font = `11px ${paint('--bs-body-font-family')}`;
	const shared = { font, stroke: () => paint('--ra-text-3'), ticks: { show: false } };
	const grid = { stroke: () => paint('--ra-grid'), width: 1 };
	const right = model.series.find((series) => series.axis === 'right');
	/* Above the bars is the realm of the other axis. */
	const upward = model.series.filter((series) => series !== right && !series.isBelow);
	const barsTop = right ? 1.5 * Math.max(1, ...upward.flatMap(allValues)) : Infinity;
	const axes: uPlot.Axis[] = [
		{
			...shared,
			gap: 8,
			size: 30,
			grid: { show: false },
			splits: (u) =>
				tickIndexes(
					model.startsMs.length,
					u.bbox.width / devicePixelRatio / LABEL_WIDTH,
					model.bucket,
				),
			values: (_u, splits) => splits.map(tickOf),
		},
		{
			...shared,
			scale: 'left',
			size: 46,
			gap: 6,
			space: 44,
			grid,
			...(!model.hasFractions && { incrs: WHOLE_STEPS }),
			values: (_u, splits) =>
				splits.map((value) => (value > barsTop ? '' : model.tick(Math.abs(value)))),
		},
	];
	if (right)
		axes.push({
			...shared,
			scale: 'right',
			side: 1,
			size: 52,
			gap: 6,
			space: 44,
			grid: { show: false },
			incrs: WHOLE_STEPS,
			values: (u, splits) => {
				const floor = Math.min(...right.values.filter((value) => value !== null));
				const spread = (u.scales.right?.max ?? 0) - floor;
				return splits.map((value) =>
					value < floor - spread * 0.2 ? '' : right.show(value),
				);
			},
		});
	return axes;
}

function shadeGaps(u: uPlot, model: ChartModel): void {
	const { ctx, bbox } = u;
	ctx.save();
	ctx.fillStyle = paint('--ra-gap');
	for (const gap of model.gaps) {
		const left = u.valToPos(gap.from, 'x', true);
		const width = Math.max(2 * devicePixelRatio, u.valToPos(gap.to, 'x', true) - left);
		ctx.fillRect(left, bbox.top, width, bbox.height);
	}
	ctx.restore();
}

/* A line from top to bottom with a knob on it; what lasted is shaded, too. */
function drawMarks(u: uPlot, marks: ChartMark[]): void {
	const { ctx, bbox } = u;
	const unit = devicePixelRatio;
	ctx.save();
	for (const mark of marks) {
		const left = u.valToPos(mark.from, 'x', true);
		const right = u.valToPos(mark.to, 'x', true);
		ctx.fillStyle = ctx.strokeStyle = paint(mark.color);
		ctx.globalAlpha = 0.1;
		ctx.fillRect(left, bbox.top, right - left, bbox.height);
		ctx.globalAlpha = 0.7;
		ctx.lineWidth = unit;
		ctx.setLineDash([2 * unit, 3 * unit]);
		ctx.beginPath();
		ctx.moveTo(left, bbox.top);
		ctx.lineTo(left, bbox.top + bbox.height);
		ctx.stroke();
		ctx.globalAlpha = 1;
		ctx.beginPath();
		ctx.arc(left, bbox.top, 3.5 * unit, 0, 2 * Math.PI);
		ctx.fill();
	}
	ctx.restore();
}

export function plotData(model: ChartModel): uPlot.AlignedData {
	const xs = model.startsMs.map((_, index) => index);
	return [xs, ...columnsOf(model).map((column) => column.values)];
}

export interface PlotOptions {
	width: number;
	height: number;
	tickOf: (index: number) => string;
	onCursor: (index: number | null, left: number) => void;
	/** called with the first and last bucket of a dragged span; absent: no dragging */
	onSelect?: (first: number, last: number) => void;
}

export function plotOptions(model: ChartModel, options: PlotOptions): uPlot.Options {
	const { onCursor, onSelect, tickOf, width, height } = options;
	return {
		width,
		height,
		padding: [12, 8, 0, 0],
		legend: { show: false },
		scales: scalesOf(model),
		axes: axesOf(model, tickOf),
		series: [{}, ...columnsOf(model).map((column) => column.series)],
		cursor: {
			sync: { key: model.cursors ?? CURSORS, scales: ['x', null] },
			y: false,
			drag: { x: !!onSelect, y: false, setScale: false, dist: 8 },
			points: { size: 8, width: 2, stroke: () => paint('--ra-surface') },
		},
		hooks: {
			drawAxes: [(u) => shadeGaps(u, model)],
			draw: [(u) => drawMarks(u, model.marks ?? [])],
			setCursor: [(u) => onCursor(u.cursor.idx ?? null, u.cursor.left ?? -1)],
			setSelect: [
				(u) => {
					if (!onSelect || u.select.width < 8) return;
					const last = model.startsMs.length - 1;
					const at = (left: number) =>
						Math.min(last, Math.max(0, Math.round(u.posToVal(left, 'x'))));
					onSelect(at(u.select.left), at(u.select.left + u.select.width));
					u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
				},
			],
		},
	};
}
