/* A drawing of a week: evenings glow, nights are quiet. It shows no real figures and has no numbers. */
const HOURS = 24;
const DAYS = 7;
const CELL = 15;
const GAP = 3;
const TOP = 118;

/* Two bumps, at lunch and in the evening; weekends start later and last longer. */
function glow(day: number, hour: number): number {
	const isWeekend = day > 4;
	const bump = (centre: number, width: number) => Math.exp(-(((hour - centre) / width) ** 2));
	const value =
		0.45 * bump(13, 3) + bump(isWeekend ? 21 : 20, isWeekend ? 4 : 3) + (isWeekend ? 0.15 : 0);
	return Math.min(1, 0.06 + value * (0.7 + 0.3 * Math.sin(day * 2.1 + hour * 0.7) ** 2));
}

const LINE = Array.from({ length: 29 }, (_, index) => {
	const rise = 78 - index * 1.5;
	const week = 13 * Math.sin((index * 2 * Math.PI) / 7 + 0.6);
	return `${index * 15.3},${(rise - week).toFixed(1)}`;
}).join(' ');

export function LandingArt() {
	return (
		<svg className="ra-landing__art" viewBox="0 0 429 244" aria-hidden="true" focusable="false">
			<polygon className="ra-art-fill" points={`0,104 ${LINE} 429,104`} />
			<polyline className="ra-art-line" points={LINE} />
			{Array.from({ length: DAYS * HOURS }, (_, index) => {
				const day = Math.floor(index / HOURS);
				const hour = index % HOURS;
				return (
					<rect
						key={index}
						className="ra-art-cell"
						x={hour * (CELL + GAP)}
						y={TOP + day * (CELL + GAP)}
						width={CELL}
						height={CELL}
						rx="3"
						opacity={glow(day, hour)}
					/>
				);
			})}
		</svg>
	);
}
