/* Waits in words: seconds matter below ten minutes, and nobody needs them beyond. */
import type { Formats } from '@/lib/format';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const DAY_MS = 24 * 60 * MINUTE_MS;
const SECONDS_UP_TO_MS = 10 * MINUTE_MS;

const unit = (language: string, name: string) =>
	new Intl.NumberFormat(language, {
		style: 'unit',
		unit: name,
		unitDisplay: 'narrow',
		maximumFractionDigits: 0,
	});

export function waitText(ms: number, formats: Formats): string {
	if (ms >= 3 * DAY_MS) return unit(formats.language, 'day').format(Math.round(ms / DAY_MS));
	if (ms >= SECONDS_UP_TO_MS) return formats.duration(ms);
	const seconds = Math.round(ms / SECOND_MS);
	const minutes = Math.floor(seconds / 60);
	const rest = unit(formats.language, 'second').format(seconds % 60);
	if (!minutes) return rest;
	const whole = unit(formats.language, 'minute').format(minutes);
	return seconds % 60 ? `${whole} ${rest}` : whole;
}
