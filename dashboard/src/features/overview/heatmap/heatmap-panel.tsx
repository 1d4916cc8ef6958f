import { useTranslation } from 'react-i18next';
import type { Guild, Heatmap } from '@/api/types';
import { useHeatmap } from '@/api/use-figures';
import { ExportMenu } from '@/components/export-menu';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Segments } from '@/components/segments';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { MEASURES, rangeQuery } from '@/lib/view';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { heatTable, heatText, shapeHeatmap } from './heatmap-data';
import { HeatmapTable } from './heatmap-table';

function useSummary(answer: Heatmap | undefined): string | undefined {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!answer) return undefined;
	const { peak, quiet } = shapeHeatmap(answer);
	if (!peak || !quiet) return undefined;
	const when = (cell: typeof peak) =>
		t('heatmap.when', {
			weekday: formats.weekday(cell.day, 'short'),
			hour: cell.hour,
			next: (cell.hour + 1) % 24,
		});
	return t('heatmap.summary', {
		peak: when(peak),
		value: heatText(answer.metric, peak.mean, formats),
		quiet: when(quiet),
	});
}

interface HeatmapPanelProps {
	guild: Guild;
	className?: string;
}

export function HeatmapPanel({ guild, className = 'is-wide' }: HeatmapPanelProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const { data, error, refetch, isPlaceholderData } = useHeatmap(
		guild.id,
		rangeQuery(view),
		view.heat,
	);
	const summary = useSummary(data);
	return (
		<Panel
			id="heatmap"
			className={className}
			title={t('heatmap.title')}
			summary={summary}
			isStale={isPlaceholderData}
			controls={
				<Segments
					label={t('heatmap.metric')}
					options={MEASURES.map((value) => ({ value, text: t(`measure.${value}`) }))}
					value={view.heat}
					onChoose={(heat) => setView({ heat })}
				/>
			}
			tools={
				data && (
					<ExportMenu
						what={t('heatmap.title')}
						table={heatTable(data, t, formats)}
						name={exportName(guild, `heatmap-${data.metric}`, data.range)}
					/>
				)
			}
		>
			{!data && !error && <Skeleton height={200} />}
			{error && !data && <ProblemNotice error={error} onRetry={() => void refetch()} />}
			{data && !summary && (
				<div className="ra-empty is-small">
					<p>{t(`heatmap.empty.${view.heat}`)}</p>
				</div>
			)}
			{data && summary && <HeatmapTable answer={data} />}
		</Panel>
	);
}
