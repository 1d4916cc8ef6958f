/* The widgets of a shared page. */
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Overview, SharedHours, SharedPage, Timeseries, TopChannels } from '@/api/types';
import { isEmpty } from '@/components/chart/chart-model';
import { ChartLegend } from '@/components/chart/chart-legend';
import { TimeChart } from '@/components/chart/time-chart';
import { DataTable } from '@/components/data-table';
import { Panel } from '@/components/panel';
import { WeekHeat, WeekHeatFoot } from '@/components/week-heat';
import { useFormats } from '@/i18n/use-formats';
import { shapeHours, shapeWidget, type HourCell, type SeriesWidget } from './widget-data';

const FIGURES = [
	'messages',
	'active_members',
	'communicators',
	'members',
	'joins',
	'leaves',
	'voice',
	'reactions',
	'dau',
] as const;
type FigureName = (typeof FIGURES)[number];

function Figures({ data }: { data: Overview }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const text = (key: FigureName, value: number | null) => {
		if (value === null) return t('shared.hidden');
		return key === 'voice' ? formats.duration(value) : formats.mean(value);
	};
	const known = FIGURES.flatMap((key) => {
		const figure = data.figures.find((one) => one.key === key);
		return figure ? [{ key, value: figure.value }] : [];
	});
	return (
		<Panel id="figures" title={t('shared.figures_title')}>
			<dl className="ra-shared__figures">
				{known.map(({ key, value }) => (
					<div key={key}>
						<dt>{t(`shared.figure.${key}`)}</dt>
						<dd className={value === null ? 'is-hidden' : undefined}>
							{text(key, value)}
						</dd>
					</div>
				))}
			</dl>
		</Panel>
	);
}

function Series({ name, data }: { name: SeriesWidget; data: Timeseries }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const shaped = useMemo(() => shapeWidget(name, data, { t, formats }), [name, data, t, formats]);
	const title = t(`shared.${name}_title`);
	const label = t('chart.as_table', { what: title });
	return (
		<Panel id={name} title={title}>
			{isEmpty(shaped.model) ? (
				<div className="ra-empty is-small">
					<p>{t('shared.none')}</p>
				</div>
			) : (
				<>
					<TimeChart model={shaped.model} />
					<ChartLegend model={shaped.model} compared={null} />
					<details className="ra-shared__table">
						<summary>{label}</summary>
						<DataTable table={shaped.table} caption={label} />
					</details>
				</>
			)}
		</Panel>
	);
}

function Hours({ data }: { data: SharedHours }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [pointed, setPointed] = useState<HourCell | null>(null);
	const { rows, peak } = useMemo(() => shapeHours(data), [data]);
	const title = t('shared.heatmap_title');
	const at = (day: number, hour: number) => rows[day]?.[hour];
	const text = (cell: HourCell | undefined) => {
		if (!cell?.times) return '—';
		return cell.mean === null ? t('shared.hidden') : formats.mean(cell.mean);
	};
	const whenOf = (cell: HourCell, length: 'long' | 'short') => ({
		weekday: formats.weekday(cell.day, length),
		hour: cell.hour,
		next: (cell.hour + 1) % 24,
		value: text(cell),
	});
	if (!peak)
		return (
			<Panel id="heatmap" title={title}>
				<div className="ra-empty is-small">
					<p>{t('shared.none')}</p>
				</div>
			</Panel>
		);
	return (
		<Panel id="heatmap" title={title} summary={t('shared.heatmap_peak', whenOf(peak, 'short'))}>
			<WeekHeat
				caption={t('shared.heatmap_caption')}
				cell={(day, hour) => {
					const cell = at(day, hour);
					const isOut = !cell?.times || cell.mean === null;
					return { level: cell?.level ?? 0, text: text(cell), isOut };
				}}
				onPoint={(place) => setPointed((place && at(place.day, place.hour)) ?? null)}
			>
				<WeekHeatFoot>
					{pointed
						? t('heatmap.pointed', whenOf(pointed, 'long'))
						: t('shared.heatmap_note', { zone: data.range.timezone })}
				</WeekHeatFoot>
			</WeekHeat>
		</Panel>
	);
}

function Channels({ data }: { data: TopChannels }) {
	const { t } = useTranslation();
	const title = t('shared.channels_title');
	return (
		<Panel id="channels" title={title}>
			{data.channels.length === 0 ? (
				<div className="ra-empty is-small">
					<p>{t('shared.none')}</p>
				</div>
			) : (
				<DataTable
					caption={title}
					table={{
						columns: [
							{ key: 'name', title: t('shared.channel') },
							{ key: 'messages', title: t('shared.messages'), isNumber: true },
							{ key: 'members', title: t('shared.writers'), isNumber: true },
						],
						rows: data.channels.map((one) => [
							`#${one.name}`,
							one.messages,
							one.members,
						]),
					}}
				/>
			)}
		</Panel>
	);
}

export function Widget({ widget }: { widget: SharedPage['widgets'][number] }) {
	switch (widget.key) {
		case 'figures':
			return <Figures data={widget.data} />;
		case 'heatmap':
			return <Hours data={widget.data} />;
		case 'channels':
			return <Channels data={widget.data} />;
		default:
			return <Series name={widget.key} data={widget.data} />;
	}
}
