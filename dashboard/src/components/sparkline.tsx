/* A figure's course in one glance; the chart below it has the numbers. */
import { useId } from 'react';

const WIDTH = 120;
const HEIGHT = 32;
const PAD = 2;

/** Points of the line; a hole in the data is a hole in the line. */
export function sparkPaths(values: (number | null)[]): { lines: string[]; last: [number, number] | null } {
	const known = values.filter((value) => value !== null);
	if (known.length < 2) return { lines: [], last: null };
	const low = Math.min(0, ...known);
	const allPositiveLow = Math.min(...known);
	/* A line that never comes near zero (members) would be flat; show its own range. */
	const floor = allPositiveLow > Math.max(...known) * 0.6 ? allPositiveLow : low;
	const spread = Math.max(...known) - floor || 1;
	const x = (index: number) => PAD + (index / (values.length - 1)) * (WIDTH - 2 * PAD);
	const y = (value: number) => HEIGHT - PAD - ((value - floor) / spread) * (HEIGHT - 2 * PAD);

	const lines: string[] = [];
	let current: string[] = [];
	let last: [number, number] | null = null;
	values.forEach((value, index) => {
		if (value === null) {
			if (current.length) lines.push(current.join(' '));
			current = [];
			return;
		}
		last = [x(index), y(value)];
		current.push(`${last[0].toFixed(1)},${last[1].toFixed(1)}`);
	});
	if (current.length) lines.push(current.join(' '));
	return { lines, last };
}

export function Sparkline({ values }: { values: (number | null)[] }) {
	const id = useId();
	const { lines, last } = sparkPaths(values);
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
				<polygon fill={`url(#${id})`} points={`${first},${HEIGHT} ${lines[0]} ${last[0]},${HEIGHT}`} />
			)}
			{lines.map((points) => (
				<polyline key={points} points={points} vectorEffect="non-scaling-stroke" />
			))}
		</svg>
	);
}
