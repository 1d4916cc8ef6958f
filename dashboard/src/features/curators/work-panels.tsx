/* What the staff did, or one of them: figures against the range before, and the course. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { useActivitySummary } from '@/api/use-curators';
import { ChartPanel } from '@/components/chart/chart-panel';
import { ExplainButton } from '@/components/explain/explain-button';
import { FigureGrid, FigureTile } from '@/components/figures/figure-tile';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { shapeWork } from './work-data';

function useSummary(guild: Guild, user?: string) {
	const [view] = useView();
	const { period, from, to, compare } = rangeQuery(view);
	return useActivitySummary(guild.id, { period, from, to, compare, user });
}

export function WorkFigures({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { data, error, refetch, isPlaceholderData } = useSummary(guild);
	if (error && !data) return <ProblemNotice error={error} onRetry={() => void refetch()} />;
	if (!data) return <Skeleton height={96} lines={2} />;
	return (
		<div className="is-full">
			<FigureGrid title={t('curators.tab.work')} isStale={isPlaceholderData}>
				{data.figures.map(({ key, value, previous }) => (
					<FigureTile
						key={key}
						value={value}
						previous={previous}
						note={
							previous !== null &&
							t('figure.before', { value: formats.count(previous) })
						}
						explanation={{
							name: t(`curators.figure.${key}.name`),
							definition: t(`curators.figure.${key}.definition`),
							range: data.range,
							value: formats.count(value),
							compared: data.compare_range,
							previous: previous === null ? null : formats.count(previous),
						}}
					/>
				))}
				<FigureTile
					note={
						data.best &&
						t('curators.points', {
							count: data.best.points,
							n: formats.count(data.best.points),
						})
					}
					explanation={{
						name: t('curators.figure.best.name'),
						definition: t('curators.figure.best.definition'),
						range: data.range,
						value: data.best ? data.best.name || data.best.id : '—',
					}}
				/>
			</FigureGrid>
		</div>
	);
}

export function WorkChart({ guild, user }: { guild: Guild; user?: string }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const query = useSummary(guild, user);
	const shaped = useMemo(
		() => query.data && shapeWork(query.data, { t, formats }),
		[query.data, t, formats],
	);
	return (
		<ChartPanel
			id="work"
			className="is-full"
			title={t(user ? 'curators.work.own' : 'curators.work.title')}
			empty={t('curators.work.empty')}
			guild={guild}
			answer={query.data}
			shaped={shaped}
			error={query.error}
			isStale={query.isPlaceholderData}
			onRetry={() => void query.refetch()}
			explain={
				query.data && (
					<ExplainButton
						explanation={{
							name: t('curators.work.title'),
							definition: t('curators.work.definition'),
							range: query.data.range,
						}}
					/>
				)
			}
		/>
	);
}
