/* A figure's course in one glance; the chart below it has the numbers. */
import { useId } from 'react';

const WIDTH = 120;
const HEIGHT = 32;
const PAD = 2;
const POINTS_MAX = 60;

type Point = [x: number, y: number];

export interface SparkPaths {
	/** a hole in the data is a hole in the line */
	lines: string[];
	/** the step into a bucket that is still running */
	running: string | null;
	last: Point | null;
}

/* A year of days in 120 pixels is a scribble: neighbours are averaged. */
export function thinOut(values: (number | null)[]): (number | null)[] {
	const step = Math.ceil(values.length / POINTS_MAX);
	if (step < 2) return values;
	const thin: (number | null)[] = [];
	for (let end = values.length; end > 0; end -= step) {
		const known = values.slice(Math.max(0, end - step), end).filter((value) => value !== null);
		const sum = known.reduce((total, value) => total + value, 0);
		thin.unshift(known.length ? sum / known.length : null);
	}
	return thin;
}

const write = (points: Point[]) =>
	points.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(' ');

export function sparkPaths(values: (number | null)[], isRunning: boolean): SparkPaths {
	const known = values.filter((value) => value !== null);
	if (known.length < 2) return { lines: [], running: null, last: null };
	const low = Math.min(0, ...known);
	const allPositiveLow = Math.min(...known);
	/* A line that never comes near zero (members) would be flat; show its own range. */
	const floor = allPositiveLow > Math.max(...known) * 0.6 ? allPositiveLow : low;
	const spread = Math.max(...known) - floor || 1;
	const x = (index: number) => PAD + (index / (values.length - 1)) * (WIDTH - 2 * PAD);
	const y = (value: number) => HEIGHT - PAD - ((value - floor) / spread) * (HEIGHT - 2 * PAD);

	const pieces: Point[][] = [[]];
	values.forEach((value, index) => {
		if (value === null) pieces.push([]);
		else pieces.at(-1)?.push([x(index), y(value)]);
	});
	const end = pieces.at(-1) ?? [];
	const running = isRunning && end.length > 1 ? write(end.slice(-2)) : null;
	if (running) end.pop();
	return {
		lines: pieces.filter((piece) => piece.length).map(write),
		running,
		last: end.at(-1) ?? null,
	};
}

interface SparklineProps {
	values: (number | null)[];
	/** the last value is not final */
	isRunning: boolean;
}

export function Sparkline({ values, isRunning }: SparklineProps) {
	const id = useId();
	const isThinned = values.length > POINTS_MAX;
	const { lines, running, last } = sparkPaths(thinOut(values), isRunning && !isThinned);
	const first = lines[0]?.split(',')[0];
	const isWhole = lines.length === 1 && last;
	return (
		<svg
			className="ra-spark"
			viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
			preserveAspectRatio="none"
			aria-hidden="true"
			focusable="false"
		>
			<defs>
				<linearGradient id={id} x1="0" y1="0" x2="0" y2="1">
					<stop offset="0" className="ra-spark__top" />
					<stop offset="1" className="ra-spark__bottom" />
				</linearGradient>
			</defs>
			{isWhole && (
				<polygon
					fill={`url(#${id})`}
					points={`${first},${HEIGHT} ${lines[0]} ${last[0]},${HEIGHT}`}
				/>
			)}
			{lines.map((points) => (
				<polyline key={points} points={points} vectorEffect="non-scaling-stroke" />
			))}
			{running && (
				<polyline
					className="is-running"
					points={running}
					vectorEffect="non-scaling-stroke"
				/>
			)}
		</svg>
	);
}
