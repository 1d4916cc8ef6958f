/* Messages of the last 30 minutes, a bar each. */
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';

const MINUTES = 30;

export function MinuteBars({ minutes }: { minutes: number[] }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const shown = [
		...Array<number>(Math.max(0, MINUTES - minutes.length)).fill(0),
		...minutes,
	].slice(-MINUTES);
	const top = Math.max(1, ...shown);
	const total = shown.reduce((sum, value) => sum + value, 0);
	return (
		<div
			className="ra-minutes"
			role="img"
			aria-label={t('live.half_hour', { count: total, n: formats.count(total) })}
			title={t('live.half_hour', { count: total, n: formats.count(total) })}
		>
			{shown.map((value, index) => (
				<i key={index} style={{ '--ra-share': value / top }} />
			))}
		</div>
	);
}
