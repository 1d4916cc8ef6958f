import { Info } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Figure } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import { Sparkline } from '@/components/sparkline';
import { useFormats } from '@/i18n/use-formats';
import { figureText, PANEL_OF } from './figures-data';

interface FigureCardProps {
	figure: Figure;
	isRunning: boolean;
	isCompared: boolean;
	/** whose the compared figure is, where it is no earlier one */
	other: string | null;
	onExplain: () => void;
}

export function FigureCard({ figure, isRunning, isCompared, other, onExplain }: FigureCardProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const name = t(`figure.${figure.key}.name`);
	const before = figureText(figure.key, figure.previous, formats);
	const beforeText =
		other !== null
			? t('figure.whose', { name: other, value: before })
			: figure.previous === null
				? t('figure.no_previous')
				: t('figure.before', { value: before });
	return (
		<li className="ra-figure" data-figure={figure.key}>
			<h3>
				<a href={`#${PANEL_OF[figure.key]}`}>{name}</a>
			</h3>
			<button
				type="button"
				className="ra-icon-button ra-figure__explain"
				aria-label={t('figure.explain', { name })}
				title={t('figure.explain', { name })}
				onClick={onExplain}
			>
				<Info size={14} aria-hidden="true" />
			</button>
			<p className="ra-figure__value">{figureText(figure.key, figure.value, formats)}</p>
			<p className="ra-figure__change">
				<ChangeMark value={figure.value} previous={figure.previous} figure={figure.key} />
				{isCompared && <span className="ra-figure__before">{beforeText}</span>}
			</p>
			<Sparkline values={figure.sparkline} isRunning={isRunning} />
		</li>
	);
}
