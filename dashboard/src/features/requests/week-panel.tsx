/* The hours of the week: when people ask, and how long they wait then. */
import { useTranslation } from 'react-i18next';
import type { RequestFigures } from '@/api/types';
import { Panel } from '@/components/panel';
import { Segments } from '@/components/segments';
import { WeekHeat } from '@/components/week-heat';
import { useFormats } from '@/i18n/use-formats';
import { useChoice } from '@/lib/use-choice';
import { waitText } from './wait';

const MEASURES = ['n', 'p50_ms', 'p90_ms'] as const;

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
			<WeekHeat
				isRegion
				caption={t('requests.week.title')}
				cell={(day, hour) => {
					const value = grid[day]?.[hour] ?? null;
					return {
						level: ((value ?? 0) / top) ** 0.6,
						text: text(value),
						title: `${when(day, hour)}: ${text(value)}`,
						isOut: value === null,
					};
				}}
			/>
		</Panel>
	);
}
