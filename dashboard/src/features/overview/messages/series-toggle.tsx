/* People, bots, reactions: any of them, at least one. */
import { useTranslation } from 'react-i18next';
import { MESSAGE_SERIES, type MessageSeries } from '@/lib/view';
import { MESSAGE_COLORS } from './messages-data';

interface SeriesToggleProps {
	shown: readonly MessageSeries[];
	onChange: (shown: readonly MessageSeries[]) => void;
}

export function SeriesToggle({ shown, onChange }: SeriesToggleProps) {
	const { t } = useTranslation();
	const toggle = (key: MessageSeries) => {
		const next = MESSAGE_SERIES.filter((other) => (other === key) !== shown.includes(other));
		if (next.length) onChange(next);
	};
	return (
		<div className="ra-toggles" role="group" aria-label={t('chart.lines')}>
			{MESSAGE_SERIES.map((key) => (
				<button
					key={key}
					type="button"
					aria-pressed={shown.includes(key)}
					onClick={() => toggle(key)}
				>
					<i
						className="ra-swatch"
						style={{ '--ra-swatch': `var(${MESSAGE_COLORS[key]})` }}
					/>
					{t(`series_short.${key}`)}
				</button>
			))}
		</div>
	);
}
