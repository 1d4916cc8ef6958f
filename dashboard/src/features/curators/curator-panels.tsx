/* Panels of one curator's page. */
import { useTranslation } from 'react-i18next';
import type { Curator } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import { ExplainButton } from '@/components/explain/explain-button';
import { Panel } from '@/components/panel';
import { useFormats } from '@/i18n/use-formats';
import { LevelBars } from './level-bars';
import { answerTime } from './wait';

interface PanelProps {
	curator: Curator;
}

/** Their own answers: plain percentiles, for they have none that still wait. */
export function AnswersPanel({ curator }: PanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { figures, bands } = curator;
	const average = figures.responses - figures.good - figures.poor;
	const wait = (ms: number | null) => answerTime(ms, formats);
	const parts = [
		['good', figures.good, t('curators.answers.good', { time: wait(bands.good_s * 1000) })],
		['average', average, t('curators.answers.average')],
		['poor', figures.poor, t('curators.answers.poor', { time: wait(bands.poor_s * 1000) })],
	] as const;
	const times = (['p50', 'mean', 'fastest', 'slowest'] as const).map(
		(key) => [key, wait(figures[`${key}_ms`])] as const,
	);
	return (
		<Panel
			id="answers"
			className="is-half"
			title={t('curators.answers.title')}
			summary={t(
				figures.responses
					? curator.by_answer
						? 'curators.answers.by_answer'
						: 'curators.answers.by_request'
					: 'curators.answers.none',
				{ count: figures.responses, n: formats.count(figures.responses) },
			)}
			tools={
				<ExplainButton
					explanation={{
						name: t('curators.answers.title'),
						definition: t('curators.answers.definition'),
						range: curator.range,
					}}
				/>
			}
		>
			<ul className="ra-levels">
				{parts.map(([key, count, text]) => (
					<li key={key}>
						<span>{text}</span>
						<span className={`ra-levels__bar is-${key}`} aria-hidden="true">
							<span
								style={{
									width: `${figures.responses ? (100 * count) / figures.responses : 0}%`,
								}}
							/>
						</span>
						<span className="ra-levels__value">
							{formats.count(count)}
							{figures.responses > 0 &&
								` · ${formats.share(count / figures.responses)}`}
						</span>
					</li>
				))}
			</ul>
			<dl className="ra-standing">
				{times.map(([key, text]) => (
					<div key={key}>
						<dt>{t(`curators.answers.${key}`)}</dt>
						<dd>{text}</dd>
					</div>
				))}
				{figures.reopened > 0 && (
					<div>
						<dt>{t('curators.answers.reopened')}</dt>
						<dd>{formats.count(figures.reopened)}</dd>
					</div>
				)}
			</dl>
		</Panel>
	);
}

export function WeekPanel({ curator }: PanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { week } = curator;
	return (
		<Panel
			id="week"
			className="is-half"
			title={t('curators.week.title')}
			summary={t(`curators.week.${week.trend}`, {
				difference: formats.count(Math.abs(week.difference)),
				percent: week.percent === null ? '' : formats.percent(week.percent / 100),
				context: week.percent === null ? 'bare' : undefined,
			})}
		>
			<table className="ra-list">
				<caption className="visually-hidden">{t('curators.week.title')}</caption>
				<thead>
					<tr>
						<th scope="col" />
						<th scope="col" className="is-number">
							{formats.range(week.range)}
						</th>
						<th scope="col" className="is-number">
							{formats.range(week.compare_range)}
						</th>
						<th scope="col" className="is-number">
							{t('change.title')}
						</th>
					</tr>
				</thead>
				<tbody>
					{(['score', 'activities', 'responses'] as const).map((key) => (
						<tr key={key}>
							<th scope="row">{t(`curators.week.row.${key}`)}</th>
							<td className="is-number">{formats.count(week.now[key])}</td>
							<td className="is-number">{formats.count(week.previous[key])}</td>
							<td className="is-number">
								<ChangeMark value={week.now[key]} previous={week.previous[key]} />
							</td>
						</tr>
					))}
				</tbody>
			</table>
			<p className="ra-curators__help">{t('curators.week.help')}</p>
		</Panel>
	);
}

export function HabitsPanel({ curator }: PanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { insights, hours } = curator;
	const most = Math.max(1, ...hours);
	const clock = (hour: number) => `${String(hour).padStart(2, '0')}:00`;
	const cells = [
		['kind', insights.kind === null ? '—' : t(`curators.log.only.${insights.kind}`)],
		['hour', insights.hour === null ? '—' : clock(insights.hour)],
		[
			'weekday',
			insights.weekday === null ? '—' : formats.weekday(insights.weekday - 1, 'long'),
		],
		['daily', formats.mean(insights.daily_average)],
		[
			'active_days',
			t('curators.habits.of_days', {
				active: formats.count(insights.active_days),
				days: formats.count(insights.days),
			}),
		],
	] as const;
	return (
		<Panel
			id="habits"
			className="is-half"
			title={t('curators.habits.title')}
			summary={
				insights.hour !== null &&
				t('curators.habits.sentence', {
					from: clock(insights.hour),
					to: clock((insights.hour + 1) % 24),
				})
			}
		>
			<div className="ra-hours-bars" role="img" aria-label={t('curators.habits.hours')}>
				{hours.map((value, hour) => (
					<span
						key={hour}
						title={`${clock(hour)}: ${formats.count(value)}`}
						style={{ height: `${(100 * value) / most}%` }}
					/>
				))}
			</div>
			<p className="ra-hours-axis" aria-hidden="true">
				{[0, 6, 12, 18, 23].map((hour) => (
					<span key={hour}>{clock(hour)}</span>
				))}
			</p>
			<dl className="ra-standing">
				{cells.map(([key, text]) => (
					<div key={key}>
						<dt>{t(`curators.habits.${key}`)}</dt>
						<dd>{text}</dd>
					</div>
				))}
			</dl>
		</Panel>
	);
}

export function LevelsPanel({ curator }: PanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	return (
		<Panel
			id="levels"
			className="is-half"
			title={t('curators.levels.title')}
			summary={t('curators.levels.sentence', {
				count: curator.ranked,
				n: formats.count(curator.ranked),
			})}
		>
			<LevelBars
				levels={curator.levels}
				mine={curator.figures.rank === null ? null : curator.figures.level}
			/>
		</Panel>
	);
}

export function TasksPanel({ curator }: PanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { verified, reported, approved, reviewing } = curator.tasks;
	const cells = [
		['verified', formats.count(verified)],
		['approved', formats.count(approved)],
		['reported', formats.count(reported)],
		['rate', reported ? formats.share(approved / reported) : '—'],
		['reviewing', formats.count(reviewing)],
	] as const;
	return (
		<Panel
			id="task-reports"
			className="is-full"
			title={t('curators.tasks.title')}
			summary={t('curators.tasks.sentence', { count: verified, n: formats.count(verified) })}
		>
			<dl className="ra-standing">
				{cells.map(([key, text]) => (
					<div key={key}>
						<dt>{t(`curators.tasks.${key}`)}</dt>
						<dd>{text}</dd>
					</div>
				))}
			</dl>
		</Panel>
	);
}
