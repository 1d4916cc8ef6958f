/* When the guild is awake: the hours of its week, the best ones to be heard in, the quiet ones. */
import { useTranslation } from 'react-i18next';
import type { Guild, Hours } from '@/api/types';
import { useFigures } from '@/api/use-figures';
import { ExplainButton } from '@/components/explain/explain-button';
import { ExportMenu } from '@/components/export-menu';
import { FilterBar } from '@/components/filter/filter-bar';
import { isFiltered } from '@/components/filter/filter-data';
import { GuildPage } from '@/components/guild/guild-page';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { RankTable } from '@/components/rank-table';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useChoice } from '@/lib/use-choice';
import { useView } from '@/lib/use-view';
import { rangeQuery, VOICE_RULES } from '@/lib/view';
import {
	bestHours,
	cellsOf,
	dayCourse,
	HOUR_MEASURES,
	hoursTable,
	hourText,
	metricOf,
	quietest,
	weekCourse,
	type HourCell,
	type HourMeasure,
} from './hours-data';
import { WeekTable } from './week-table';
import './hours.scss';

const BEST = 5;
const QUIET_HOURS = 6;

interface PartProps {
	rows: HourCell[][];
	measure: HourMeasure;
}

function useHourText() {
	const { t } = useTranslation();
	const formats = useFormats();
	return (cell: HourCell) =>
		t('heatmap.when', {
			weekday: formats.weekday(cell.day, 'long'),
			hour: cell.hour,
			next: (cell.hour + 1) % 24,
		});
}

function BestPanel({ rows, measure }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const when = useHourText();
	const best = bestHours(rows, BEST);
	const quiet = quietest(dayCourse(rows), QUIET_HOURS);
	return (
		<Panel
			id="best"
			title={t('hours.best')}
			summary={t('hours.best_summary')}
			className="is-narrow"
		>
			<RankTable
				caption={t('hours.best')}
				title={t('hours.hour')}
				columns={[{ title: t(`hours.measure.${measure}`) }]}
				ranks={best.map((cell) => ({
					key: `${cell.day} ${cell.hour}`,
					share: cell.mean / (best[0]?.mean || 1),
					icon: null,
					name: when(cell),
					cells: [hourText(measure, cell.mean, formats)],
				}))}
			/>
			<p className="ra-hours__quiet">{t('hours.quiet', quiet)}</p>
		</Panel>
	);
}

function Bars({ values, labels, texts }: { values: number[]; labels: string[]; texts: string[] }) {
	const top = Math.max(...values) || 1;
	return (
		<ol className="ra-bars">
			{values.map((value, index) => (
				<li key={labels[index]} title={`${labels[index]}: ${texts[index]}`}>
					<i style={{ '--ra-share': value / top }} />
					<span>{labels[index]}</span>
					<span className="visually-hidden">{texts[index]}</span>
				</li>
			))}
		</ol>
	);
}

function Courses({ rows, measure }: PartProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const day = dayCourse(rows);
	const week = weekCourse(rows);
	const text = (value: number) => hourText(measure, value, formats);
	return (
		<>
			<Panel
				id="day"
				title={t('hours.day')}
				summary={t('hours.day_summary')}
				className="is-half"
			>
				<Bars
					values={day.map(({ mean }) => mean)}
					labels={day.map(({ hour }) => String(hour))}
					texts={day.map(({ mean }) => text(mean))}
				/>
			</Panel>
			<Panel
				id="week"
				title={t('hours.week')}
				summary={t('hours.week_summary')}
				className="is-half"
			>
				<Bars
					values={week}
					labels={week.map((_, index) => formats.weekday(index, 'short'))}
					texts={week.map(text)}
				/>
			</Panel>
		</>
	);
}

function Week({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const [measure, setMeasure] = useChoice<HourMeasure>('count', HOUR_MEASURES, 'messages');
	const { compare: _compare, ...asked } = rangeQuery(view);
	const query = useFigures('/api/v1/guilds/{guild_id}/hours', guild.id, {
		...asked,
		metric: metricOf(measure, view.rule),
	});
	const answer: Hours | undefined = query.data;
	const rows = answer && cellsOf(answer);
	const best = rows && bestHours(rows, 1)[0];
	const when = useHourText();
	const isShort =
		answer?.counted_from && Date.parse(answer.counted_from) > Date.parse(answer.range.from);
	return (
		<div className="ra-grid">
			<Panel
				id="hours"
				title={t('hours.title')}
				className={best ? 'is-wide' : 'is-full'}
				isStale={query.isPlaceholderData}
				summary={
					best &&
					t('hours.summary', {
						when: when(best),
						value: hourText(measure, best.mean, formats),
					})
				}
				controls={
					<>
						<Segments
							label={t('heatmap.metric')}
							options={HOUR_MEASURES.map((value) => ({
								value,
								text: t(`hours.measure.${value}`),
							}))}
							value={measure}
							onChoose={setMeasure}
						/>
						{measure === 'voice' && (
							<Segments
								label={t('voice.rule')}
								options={VOICE_RULES.map((value) => ({
									value,
									text: t(`voice.${value}.name`),
								}))}
								value={view.rule}
								onChoose={(rule) => setView({ rule })}
							/>
						)}
					</>
				}
				tools={
					answer &&
					rows && (
						<>
							<ExplainButton
								explanation={{
									name: t('hours.title'),
									definition: t(`hours.definition.${measure}`),
									range: answer.range,
									value: best ? when(best) : '—',
									sample: t('hours.sample'),
									filters: measure === 'joins' ? [] : undefined,
								}}
							/>
							<ExportMenu
								what={t('hours.title')}
								table={hoursTable(rows, t, formats)}
								name={exportName(guild, `hours-${answer.metric}`, answer.range)}
							/>
						</>
					)
				}
			>
				{!answer && !query.error && <Skeleton height={280} />}
				{query.error && !answer && (
					<ProblemNotice error={query.error} onRetry={() => void query.refetch()} />
				)}
				{rows && !best && (
					<div className="ra-empty is-small">
						<p>{t('hours.empty')}</p>
					</div>
				)}
				{rows && best && <WeekTable rows={rows} measure={measure} />}
				{measure === 'joins' && isFiltered(view) && (
					<p className="ra-hours__note" role="status">
						{t('hours.whole_server')}
					</p>
				)}
				{best && isShort && answer?.counted_from && (
					<p className="ra-hours__note">
						{t('hours.counted_from', {
							date: formats.date(
								Date.parse(answer.counted_from),
								answer.range.timezone,
							),
						})}
					</p>
				)}
			</Panel>
			{rows && best && <BestPanel rows={rows} measure={measure} />}
			{rows && best && <Courses rows={rows} measure={measure} />}
		</div>
	);
}

export function HoursPage({ guildId }: { guildId: string }) {
	return (
		<GuildPage guildId={guildId} page="hours" hasCompare={false}>
			{(guild) => (
				<>
					<FilterBar guild={guild} />
					<Week guild={guild} />
				</>
			)}
		</GuildPage>
	);
}
