/* How long those who left had stayed: a bar a class, which is a table as it stands. */
import { useTranslation } from 'react-i18next';
import type { Growth, Guild } from '@/api/types';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { PanelExplain } from './panel-explain';
import { shapeTenure, tenureSummary, tenureTable } from './tenure-data';
import { useGrowth } from './use-growth';

function TenureTable({ answer }: { answer: Growth }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { rows } = shapeTenure(answer);
	return (
		<table className="ra-tenure">
			<caption className="visually-hidden">{t('growth.tenure.title')}</caption>
			<thead>
				<tr>
					<th scope="col">{t('growth.tenure.column')}</th>
					<th scope="col" className="is-number">
						{t('growth.series.leaves')}
					</th>
					<th scope="col" className="is-number">
						{t('growth.share')}
					</th>
					{answer.compare_range && (
						<th scope="col" className="is-number">
							{t('growth.before')}
						</th>
					)}
				</tr>
			</thead>
			<tbody>
				{rows.map(({ key, leaves, share, previous, level }) => (
					<tr key={key} className={key === 'unknown' ? 'is-unknown' : undefined}>
						<th scope="row">
							<i style={{ '--ra-share': level.toFixed(3) }} aria-hidden="true" />
							<span>{t(`growth.tenure.key.${key}`)}</span>
						</th>
						<td className="is-number">{formats.count(leaves)}</td>
						<td className="is-number">{share === null ? '—' : formats.share(share)}</td>
						{answer.compare_range && (
							<td className="is-number is-quiet">
								{previous === null ? '—' : formats.count(previous)}
							</td>
						)}
					</tr>
				))}
			</tbody>
		</table>
	);
}

export function TenurePanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { data, error, refetch, isPlaceholderData } = useGrowth(guild.id, rangeQuery(view));
	return (
		<Panel
			id="tenure"
			title={t('growth.tenure.title')}
			className="is-narrow"
			isStale={isPlaceholderData}
			summary={data && tenureSummary(data, t, formats)}
			tools={
				data && (
					<>
						<PanelExplain panel="tenure" range={data.range} />
						<ExportMenu
							what={t('growth.tenure.title')}
							table={tenureTable(data, t, formats)}
							name={exportName(guild, 'tenure', data.range)}
						/>
					</>
				)
			}
		>
			{!data && !error && <Skeleton height={240} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && <TenureTable answer={data} />}
		</Panel>
	);
}
