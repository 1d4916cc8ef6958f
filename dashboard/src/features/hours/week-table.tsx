/* 7 × 24 as what it is, a table; the colour is decoration on top of the numbers. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import { HOURS, hourText, type HourCell, type HourMeasure } from './hours-data';
import '@/features/overview/heatmap/heatmap.scss';

const LEVELS = [0, 0.25, 0.5, 0.75, 1];

interface WeekTableProps {
	rows: HourCell[][];
	measure: HourMeasure;
}

export function WeekTable({ rows, measure }: WeekTableProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<HourCell | null>(null);
	const top = Math.max(...rows.flat().map((cell) => cell.mean));
	const level = (cell: HourCell) => (top > 0 ? (cell.mean / top) ** 0.75 : 0);
	return (
		<div className="ra-heat is-tall">
			<table onMouseLeave={() => setPointed(null)}>
				<caption className="visually-hidden">{t(`hours.caption.${measure}`)}</caption>
				<thead>
					<tr>
						<td />
						{Array.from({ length: HOURS }, (_, hour) => (
							<th
								key={hour}
								scope="col"
								className={hour % 3 ? 'is-minor' : undefined}
							>
								{hour}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row, day) => (
						<tr key={day}>
							<th scope="row">
								<abbr title={formats.weekday(day, 'long')}>
									{formats.weekday(day, 'short')}
								</abbr>
							</th>
							{row.map((cell) => (
								<td
									key={cell.hour}
									style={{ '--ra-level': level(cell).toFixed(3) }}
									className={cell.times ? undefined : 'is-out'}
									onMouseEnter={() => setPointed(cell.times ? cell : null)}
								>
									<span>
										{cell.times ? hourText(measure, cell.mean, formats) : '—'}
									</span>
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
			<div className="ra-heat__foot" aria-hidden="true">
				<span>
					{pointed
						? t('hours.pointed', {
								weekday: formats.weekday(pointed.day, 'long'),
								hour: pointed.hour,
								next: (pointed.hour + 1) % HOURS,
								value: hourText(measure, pointed.mean, formats),
								n: formats.count(pointed.times),
								count: pointed.times,
							})
						: t('heatmap.mean_note')}
				</span>
				<span className="ra-heat__scale">
					{t('heatmap.less')}
					{LEVELS.map((shade) => (
						<i key={shade} style={{ '--ra-level': shade }} />
					))}
					{t('heatmap.more')}
				</span>
			</div>
		</div>
	);
}
