/* What the settings on the left would change for whom, over the range of the page. */
import { ArrowRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, RatingWish } from '@/api/types';
import { useRatingPreview } from '@/api/use-curators';
import { ListTable } from '@/components/list/list-table';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { LevelBadge } from './level-badge';
import { LevelBars } from './level-bars';

export function PreviewPanel({ guild, wish }: { guild: Guild; wish: RatingWish | null }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { period, from, to } = rangeQuery(view);
	const { data, error, isPlaceholderData } = useRatingPreview(guild.id, wish, {
		period,
		from,
		to,
	});
	const changed =
		data?.rows.filter(
			({ before, after }) =>
				before.score !== after.score ||
				data.levels_before[before.level]?.en !== data.levels_after[after.level]?.en,
		) ?? [];
	const title = t('curators.preview.title');
	return (
		<Panel
			id="preview"
			className="is-full"
			title={title}
			isStale={isPlaceholderData}
			summary={
				data &&
				(changed.length
					? t('curators.preview.changed', {
							count: changed.length,
							n: formats.count(changed.length),
							range: formats.range(data.range),
						})
					: t('curators.preview.same', { range: formats.range(data.range) }))
			}
		>
			{!data && !error && <Skeleton height={28} lines={4} />}
			{error && <ProblemNotice error={error} />}
			{data && (
				<>
					<LevelBars levels={data.levels_after} />
					{changed.length > 0 && (
						<ListTable
							caption={title}
							columns={[
								{
									key: 'name',
									title: t('curators.column.name'),
									show: (row) => <bdi>{row.name || row.id}</bdi>,
								},
								{
									key: 'score',
									title: t('curators.column.score'),
									isNumber: true,
									show: (row) =>
										`${formats.count(row.before.score)} → ${formats.count(row.after.score)}`,
								},
								{
									key: 'rank',
									title: t('curators.column.rank'),
									isNumber: true,
									show: (row) =>
										row.before.rank === row.after.rank
											? formats.count(row.after.rank)
											: `${formats.count(row.before.rank)} → ${formats.count(row.after.rank)}`,
								},
								{
									key: 'level',
									title: t('curators.column.level'),
									show: (row) => (
										<span className="ra-curators__actions">
											<LevelBadge
												level={data.levels_before[row.before.level]}
											/>
											<ArrowRight
												size={14}
												aria-label={t('curators.preview.becomes')}
											/>
											<LevelBadge
												level={data.levels_after[row.after.level]}
											/>
										</span>
									),
								},
							]}
							rows={changed}
							keyOf={(row) => row.id}
						/>
					)}
				</>
			)}
		</Panel>
	);
}
