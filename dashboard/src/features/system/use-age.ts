import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** "7s", "12m", "3h 5m", "4d"; a dash for never. */
export function useAge(): (ms: number | null) => string {
	const formats = useFormats();
	const { i18n } = useTranslation();
	const unit = (name: string) =>
		new Intl.NumberFormat(i18n.language, {
			style: 'unit',
			unit: name,
			unitDisplay: 'narrow',
			maximumFractionDigits: 0,
		});
	return (ms) => {
		if (ms === null) return '—';
		if (ms < 2 * MINUTE_MS) return unit('second').format(Math.round(ms / 1000));
		return ms < 2 * DAY_MS ? formats.duration(ms) : unit('day').format(Math.floor(ms / DAY_MS));
	};
}
