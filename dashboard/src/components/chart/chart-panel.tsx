/*
 * A chart with what belongs to every chart: its sentence, its legend, its table, its files;
 * and what to show while there is nothing, or when something failed.
 */
import { useMemo, useState, type ReactNode } from 'react';
import { ChartLine, Table2 } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { Guild, Timeseries } from '@/api/types';
import { useAnnotations } from '@/api/use-annotations';
import { isEmpty, type Named } from '@/components/chart/chart-model';
import { ChartLegend } from '@/components/chart/chart-legend';
import { drawingOf, pictureOf } from '@/components/chart/picture';
import { TimeChart } from '@/components/chart/time-chart';
import { DataTable } from '@/components/data-table';
import { ExportMenu } from '@/components/export-menu';
import { MarkList } from '@/components/marks/mark-list';
import { markText, placeMarks } from '@/components/marks/mark-model';
import { Panel } from '@/components/panel';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useFormats } from '@/i18n/use-formats';
import { dayOf } from '@/lib/zone';
import { downloadBlob } from '@/lib/download';
import { exportName } from '@/lib/export-name';
import type { Shaped } from './shape';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';

interface ChartPanelProps {
	/** its anchor, and its word in file names */
	id: string;
	title: string;
	/** said when there is nothing to draw */
	empty: string;
	guild: Guild;
	answer: (Pick<Timeseries, 'bucket' | 'range' | 'compare_range'> & Named) | undefined;
	shaped: Shaped | undefined;
	error: Error | null;
	isStale: boolean;
	onRetry: () => void;
	controls?: ReactNode;
	/** what it means: an ExplainButton */
	explain?: ReactNode;
	className?: string;
}

export function ChartPanel(props: ChartPanelProps) {
	const { id, title, empty, guild, answer, shaped, error, isStale, onRetry } = props;
	const { t } = useTranslation();
	const formats = useFormats();
	const [view, setView] = useView();
	const [isTable, setTable] = useState(false);

	const annotations = useAnnotations(guild.id, rangeQuery(view)).data?.rows;
	const model = useMemo(
		() =>
			shaped && {
				...shaped.model,
				marks: placeMarks(annotations ?? [], shaped.model, (mark) =>
					markText(mark, t, formats),
				),
			},
		[shaped, annotations, t, formats],
	);

	/* Dragging over whole days looks closer at them; the back button returns. */
	const zoom = (first: number, last: number) => {
		if (!model) return;
		const end = model.startsMs[last + 1] ?? model.endMs;
		setView({
			period: 'custom',
			from: dayOf(model.startsMs[first] ?? 0, model.zone),
			to: dayOf(end - 1, model.zone),
		});
	};

	const savePicture = async () => {
		const drawing = drawingOf(id);
		if (!drawing || !shaped || !answer) return;
		const blob = await pictureOf(drawing, {
			title,
			subtitle: `${guild.name} · ${formats.range(answer.range)}`,
			legend: shaped.model.series,
		});
		if (blob) downloadBlob(`${exportName(guild, id, answer.range)}.png`, blob);
	};
	const isDrawn = !isTable && shaped && !isEmpty(shaped.model);

	const TableIcon = isTable ? ChartLine : Table2;
	const tableLabel = t(isTable ? 'chart.show_chart' : 'chart.show_table', {
		what: title,
	});
	const tools = answer && shaped && (
		<>
			{props.explain}
			<button
				type="button"
				className="ra-icon-button"
				aria-pressed={isTable}
				aria-label={tableLabel}
				title={tableLabel}
				onClick={() => setTable(!isTable)}
			>
				<TableIcon size={16} aria-hidden="true" />
			</button>
			<ExportMenu
				what={title}
				table={shaped.table}
				name={exportName(guild, id, answer.range)}
				onPicture={isDrawn ? () => void savePicture() : undefined}
			/>
		</>
	);

	return (
		<Panel
			id={id}
			title={title}
			controls={props.controls}
			tools={tools}
			summary={shaped && !isEmpty(shaped.model) && shaped.summary}
			isStale={isStale}
			className={props.className}
		>
			{!shaped && !error && <Skeleton height={240} />}
			{error && !shaped && <ProblemNotice error={error} onRetry={onRetry} />}
			{answer && shaped && isTable && (
				<DataTable table={shaped.table} caption={t('chart.as_table', { what: title })} />
			)}
			{answer && shaped && !isTable && isEmpty(shaped.model) && (
				<div className="ra-empty is-small">
					<p>{empty}</p>
				</div>
			)}
			{answer && model && !isTable && !isEmpty(model) && (
				<>
					<TimeChart
						model={model}
						onSelect={answer.bucket === 'hour' ? undefined : zoom}
					/>
					<ChartLegend
						model={model}
						compared={
							answer.compared_name ??
							(answer.compare_range && formats.range(answer.compare_range))
						}
					/>
					<MarkList guild={guild} marks={annotations ?? []} endMs={model.endMs} />
				</>
			)}
		</Panel>
	);
}
