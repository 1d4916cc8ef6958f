import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Heatmap } from '@/api/types';
import { WeekHeatFoot, WeekHeat } from '@/components/week-heat';
import { useFormats } from '@/i18n/use-formats';
import { heatText, HOURS, shapeHeatmap, type HeatCell } from './heatmap-data';

const NOTHING: HeatCell = { day: 0, hour: 0, mean: 0, level: 0, isOut: true };

export function HeatmapTable({ answer }: { answer: Heatmap }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<HeatCell | null>(null);
	const { rows } = shapeHeatmap(answer);
	const metric = answer.metric === 'voice' ? 'voice' : 'messages';
	const text = (cell: HeatCell) => heatText(answer.metric, cell.mean, formats);
	const at = (day: number, hour: number) => rows[day]?.[hour] ?? NOTHING;
	return (
		<WeekHeat
			caption={t(`heatmap.caption.${metric}`)}
			cell={(day, hour) => {
				const cell = at(day, hour);
				return { ...cell, text: cell.isOut ? '—' : text(cell) };
			}}
			onPoint={(place) => setPointed(place && at(place.day, place.hour))}
		>
			<WeekHeatFoot>
				{pointed
					? t('heatmap.pointed', {
							weekday: formats.weekday(pointed.day, 'long'),
							hour: pointed.hour,
							next: (pointed.hour + 1) % HOURS,
							value: text(pointed),
						})
					: t('heatmap.mean_note')}
			</WeekHeatFoot>
		</WeekHeat>
	);
}
