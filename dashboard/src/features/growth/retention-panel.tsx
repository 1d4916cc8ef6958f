import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useChoice } from '@/lib/use-choice';
import { CohortTable } from './cohort-table';
import { PanelExplain } from './panel-explain';
import { isEmptyRetention, retentionSummary, retentionTable } from './retention-data';
import { useRetention } from './use-growth';
import { useWeeks } from './weeks';
import { WeeksMenu } from './weeks-menu';

const KINDS = ['membership', 'activity'] as const;

export function RetentionPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [kind, setKind] = useChoice('retention', KINDS, 'membership');
	const [weeks] = useWeeks();
	const { data, error, refetch, isPlaceholderData } = useRetention(guild.id, kind, Number(weeks));
	const title = t('growth.retention');
	const joined = data?.cohorts.reduce((sum, cohort) => sum + (cohort.joined ?? 0), 0) ?? 0;
	return (
		<Panel
			id="retention"
			title={title}
			className="is-wide"
			isStale={isPlaceholderData}
			summary={data && !isEmptyRetention(data) && retentionSummary(data, t, formats)}
			controls={
				<>
					<Segments
						label={title}
						options={KINDS.map((value) => ({
							value,
							text: t(`growth.${value}.short`),
						}))}
						value={kind}
						onChoose={setKind}
					/>
					<WeeksMenu />
				</>
			}
			tools={
				data && (
					<>
						<PanelExplain
							panel={kind}
							range={data.range}
							sample={t('growth.sample.newcomers', {
								count: joined,
								n: formats.count(joined),
							})}
						/>
						<ExportMenu
							what={title}
							table={retentionTable(data, t, formats)}
							name={exportName(guild, `retention-${kind}`, data.range)}
						/>
					</>
				)
			}
		>
			{!data && !error && <Skeleton height={320} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && isEmptyRetention(data) && (
				<div className="ra-empty is-small">
					<p>{t('growth.nobody_joined')}</p>
				</div>
			)}
			{data && !isEmptyRetention(data) && <CohortTable answer={data} />}
		</Panel>
	);
}
