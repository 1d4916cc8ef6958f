import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { WeekHeatFoot, WeekHeat } from '@/components/week-heat';
import { useFormats } from '@/i18n/use-formats';
import { HOURS, hourText, type HourCell, type HourMeasure } from './hours-data';

interface WeekTableProps {
	rows: HourCell[][];
	measure: HourMeasure;
}

export function WeekTable({ rows, measure }: WeekTableProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<HourCell | null>(null);
	const top = Math.max(...rows.flat().map((cell) => cell.mean));
	const text = (cell: HourCell) => hourText(measure, cell.mean, formats);
	const at = (day: number, hour: number) => rows[day]?.[hour] ?? null;
	return (
		<WeekHeat
			isTall
			caption={t(`hours.caption.${measure}`)}
			cell={(day, hour) => {
				const cell = at(day, hour);
				return cell?.times
					? { level: top > 0 ? (cell.mean / top) ** 0.75 : 0, text: text(cell) }
					: { level: 0, text: '—', isOut: true };
			}}
			onPoint={(place) => setPointed(place && at(place.day, place.hour))}
		>
			<WeekHeatFoot>
				{pointed
					? t('hours.pointed', {
							weekday: formats.weekday(pointed.day, 'long'),
							hour: pointed.hour,
							next: (pointed.hour + 1) % HOURS,
							value: text(pointed),
							n: formats.count(pointed.times),
							count: pointed.times,
						})
					: t('heatmap.mean_note')}
			</WeekHeatFoot>
		</WeekHeat>
	);
}
