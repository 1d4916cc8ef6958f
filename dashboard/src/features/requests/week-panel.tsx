/* The hours of the week: when people ask, and how long they wait then. */
import { useTranslation } from 'react-i18next';
import type { RequestFigures } from '@/api/types';
import { Panel } from '@/components/panel';
import { Segments } from '@/components/segments';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { waitText } from './wait';
import '@/features/overview/heatmap/heatmap.scss';

const MEASURES = ['n', 'p50_ms', 'p90_ms'] as const;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

export function WeekPanel({ answer }: { answer: RequestFigures }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [measure, setMeasure] = useChoice('hour', MEASURES, 'n');
	const grid: (number | null)[][] = answer.week[measure];
	const top = Math.max(1, ...grid.flat().map((value) => value ?? 0));
	const text = (value: number | null) =>
		value === null ? '—' : measure === 'n' ? formats.count(value) : waitText(value, formats);
	const when = (day: number, hour: number) =>
		t('heatmap.when', {
			weekday: formats.weekday(day, 'long'),
			hour,
			next: (hour + 1) % 24,
		});
	const best = grid
		.flatMap((row, day) => row.map((value, hour) => ({ day, hour, value: value ?? 0 })))
		.reduce((most, cell) => (cell.value > most.value ? cell : most));
	return (
		<Panel
			id="request-week"
			title={t('requests.week.title')}
			className="is-full"
			summary={
				best.value > 0
					? t(`requests.week.${measure}_summary`, {
							when: when(best.day, best.hour),
							value: text(best.value),
						})
					: t('requests.week.empty')
			}
			controls={
				<Segments
					label={t('requests.week.measure')}
					options={MEASURES.map((value) => ({
						value,
						text: t(`requests.week.${value}`),
					}))}
					value={measure}
					onChoose={setMeasure}
				/>
			}
		>
			<div
				className="ra-heat"
				tabIndex={0}
				role="region"
				aria-label={t('requests.week.title')}
			>
				<table>
					<caption className="visually-hidden">{t('requests.week.title')}</caption>
					<thead>
						<tr>
							<td />
							{HOURS.map((hour) => (
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
						{grid.map((row, day) => (
							<tr key={day}>
								<th scope="row">
									<abbr title={formats.weekday(day, 'long')}>
										{formats.weekday(day, 'short')}
									</abbr>
								</th>
								{row.map((value, hour) => (
									<td
										key={hour}
										title={`${when(day, hour)}: ${text(value)}`}
										className={value === null ? 'is-out' : undefined}
										style={{
											'--ra-level': (((value ?? 0) / top) ** 0.6).toFixed(3),
										}}
									>
										<span>{text(value)}</span>
									</td>
								))}
							</tr>
						))}
					</tbody>
				</table>
			</div>
		</Panel>
	);
}
