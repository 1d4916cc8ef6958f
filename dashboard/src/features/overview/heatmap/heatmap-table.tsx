/* 7 × 24 as what it is, a table; the colour is decoration on top of the numbers. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Heatmap } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { heatText, HOURS, shapeHeatmap, type HeatCell } from './heatmap-data';
import './heatmap.scss';

const LEVELS = [0, 0.25, 0.5, 0.75, 1];

export function HeatmapTable({ answer }: { answer: Heatmap }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<HeatCell | null>(null);
	const { rows } = shapeHeatmap(answer);
	const metric = answer.metric === 'voice' ? 'voice' : 'messages';
	const text = (cell: HeatCell) => heatText(answer.metric, cell.mean, formats);

	return (
		<div className="ra-heat">
			<table onMouseLeave={() => setPointed(null)}>
				<caption className="visually-hidden">{t(`heatmap.caption.${metric}`)}</caption>
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
									style={{ '--ra-level': cell.level.toFixed(3) }}
									className={cell.isOut ? 'is-out' : undefined}
									onMouseEnter={() => setPointed(cell.isOut ? null : cell)}
								>
									<span>{cell.isOut ? '—' : text(cell)}</span>
								</td>
							))}
						</tr>
					))}
				</tbody>
			</table>
			<div className="ra-heat__foot" aria-hidden="true">
				<span>
					{pointed
						? t('heatmap.pointed', {
								weekday: formats.weekday(pointed.day, 'long'),
								hour: pointed.hour,
								next: (pointed.hour + 1) % HOURS,
								value: text(pointed),
							})
						: t('heatmap.mean_note')}
				</span>
				<span className="ra-heat__scale">
					{t('heatmap.less')}
					{LEVELS.map((level) => (
						<i key={level} style={{ '--ra-level': level }} />
					))}
					{t('heatmap.more')}
				</span>
			</div>
		</div>
	);
}
