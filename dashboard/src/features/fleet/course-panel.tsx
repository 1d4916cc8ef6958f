/* The chosen guilds side by side: a line each, the same numbers in a table beside it. */
import { useMemo } from 'react';
import { useQueries } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { get } from '@/api/client';
import type { GuildCard, Timeseries } from '@/api/types';
import { ChartLegend } from '@/components/chart/chart-legend';
import { isEmpty } from '@/components/chart/chart-model';
import { TimeChart } from '@/components/chart/time-chart';
import { DataTable } from '@/components/data-table';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import type { Period } from '@/lib/view';
import { CHOSEN_MAX, MEASURES, metricOf, shapeCourses, type FleetMeasure } from './course-data';

interface CoursePanelProps {
	guilds: GuildCard[];
	period: Period;
	measure: FleetMeasure;
	onMeasure: (measure: FleetMeasure) => void;
}

/* Each guild's own endpoint, so that the permission is checked for each. */
function useCourses(guilds: GuildCard[], period: Period, measure: FleetMeasure) {
	const metric = metricOf(measure);
	return useQueries({
		queries: guilds.map((guild) => ({
			queryKey: ['guild', guild.id, 'figures', 'fleet', 'course', period, metric],
			queryFn: ({ signal }: { signal: AbortSignal }): Promise<Timeseries> =>
				get('/api/v1/guilds/{guild_id}/timeseries', {
					ids: { guild_id: guild.id },
					query: { period, compare: 'none' as const, metric },
					signal,
				}),
		})),
		combine: (results) => ({
			answers: results.map((result) => result.data),
			error: results.find((result) => result.error)?.error ?? null,
			isPending: results.some((result) => result.isPending),
		}),
	});
}

export function CoursePanel({ guilds, period, measure, onMeasure }: CoursePanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { answers, error, isPending } = useCourses(guilds, period, measure);
	const shaped = useMemo(() => {
		const courses = guilds.flatMap((guild, index) => {
			const answer = answers[index];
			return answer ? [{ guild, answer }] : [];
		});
		return shapeCourses(courses, measure, { t, formats });
	}, [guilds, answers, measure, t, formats]);
	const title = t('fleet.side_by_side');
	return (
		<Panel
			id="course"
			title={title}
			className="ra-fleet-course"
			summary={shaped?.summary}
			controls={
				<Segments
					label={t('fleet.measure')}
					options={MEASURES.map((value) => ({ value, text: t(`figure.${value}.name`) }))}
					value={measure}
					onChoose={onMeasure}
				/>
			}
			tools={
				shaped && (
					<ExportMenu
						what={title}
						table={shaped.table}
						name={`rations-compare-${measure}-${period}`}
					/>
				)
			}
		>
			{error && <ProblemNotice error={error} />}
			{!guilds.length && (
				<div className="ra-empty is-small">
					<p>{t('fleet.choose', { n: CHOSEN_MAX })}</p>
				</div>
			)}
			{isPending && !shaped && <Skeleton height={240} />}
			{shaped && (
				<div className="ra-fleet-course__pair">
					<div>
						{isEmpty(shaped.model) ? (
							<div className="ra-empty is-small">
								<p>{t('fleet.nothing')}</p>
							</div>
						) : (
							<>
								<TimeChart model={shaped.model} />
								<ChartLegend model={shaped.model} compared={null} />
							</>
						)}
					</div>
					<DataTable
						table={shaped.table}
						caption={t('chart.as_table', { what: title })}
					/>
				</div>
			)}
		</Panel>
	);
}
