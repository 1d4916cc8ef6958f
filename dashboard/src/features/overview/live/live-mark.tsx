/* Live, reconnecting, or stale since; announced when it changes, not with every message. */
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import type { LiveState } from './live-state';

interface LiveMarkProps {
	state: LiveState;
	zone: string;
}

export function LiveMark({ state, zone }: LiveMarkProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { status, data, heardAtMs } = state;
	return (
		<p className="ra-live__mark" role="status">
			<i aria-hidden="true" />
			{status === 'stale' && data
				? t('live.stale_since', { time: formats.time(heardAtMs, zone) })
				: t(`live.${status}`)}
		</p>
	);
}
