/* What stood in a notice's way, in words. */
import type { TFunction } from 'i18next';

const KNOWN = [
	'forbidden',
	'no_channel',
	'rate_limited',
	'refused',
	'unreachable',
	'no_webhook',
	'answered',
	'late',
] as const;

export function whyText(t: TFunction, why: string): string {
	const known = KNOWN.find((one) => one === why);
	return known ? t(`notices_page.why.${known}`) : why;
}
