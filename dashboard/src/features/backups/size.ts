/* Bytes as people say them. */
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

export function sizeText(bytes: number, language: string): string {
	let power = 0;
	let value = bytes;
	while (value >= 1000 && power < UNITS.length - 1) {
		value /= 1000;
		power++;
	}
	return new Intl.NumberFormat(language, {
		style: 'unit',
		unit: UNITS[power] ?? 'byte',
		unitDisplay: 'short',
		maximumFractionDigits: value < 10 && power > 0 ? 1 : 0,
	}).format(value);
}

const STEPS = [
	['day', 86_400_000],
	['hour', 3_600_000],
	['minute', 60_000],
] as const;

/** How long ago, or in how long, in the largest unit of which there is one. */
export function agoText(ms: number, nowMs: number, language: string): string {
	const words = new Intl.RelativeTimeFormat(language, { numeric: 'auto' });
	const away = ms - nowMs;
	const [unit, size] = STEPS.find(([, length]) => Math.abs(away) >= length) ?? STEPS[2];
	return words.format(Math.trunc(away / size), unit);
}
