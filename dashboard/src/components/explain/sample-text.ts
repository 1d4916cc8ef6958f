/* How many days or hours a range has, in words. */
import type { TFunction } from 'i18next';
import type { Range } from '@/api/types';

const HOURLY_UP_TO_MS = 2 * 24 * 3_600_000;

/** `count`: days of the range, or hours where it is that short. */
export function sampleText(count: number, range: Range, t: TFunction): string {
	const isHourly = Date.parse(range.to) - Date.parse(range.from) <= HOURLY_UP_TO_MS;
	const text = t(isHourly ? 'figure.sample_hours' : 'figure.sample_days', { count });
	return range.is_partial ? t('figure.sample_running', { text }) : text;
}
