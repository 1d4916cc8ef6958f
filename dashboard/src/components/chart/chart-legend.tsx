/* What the lines, dashes and shades of a chart mean. */
import { useTranslation } from 'react-i18next';
import type { ChartModel } from './chart-model';

interface ChartLegendProps {
	model: ChartModel;
	/** the compared range in words */
	compared: string | null;
}

export function ChartLegend({ model, compared }: ChartLegendProps) {
	const { t } = useTranslation();
	const dashed = model.series.find((series) => series.previous);
	return (
		<ul className="ra-legend">
			{model.series.map((series) => (
				<li key={series.key}>
					<i
						className={`ra-swatch is-${series.kind}`}
						style={{ '--ra-swatch': `var(${series.color})` }}
					/>
					{series.label}
				</li>
			))}
			{dashed && compared && (
				<li>
					<i className="ra-swatch is-dashed" />
					{t('chart.legend_before', { series: dashed.label, range: compared })}
				</li>
			)}
			{model.gaps.length > 0 && (
				<li>
					<i className="ra-swatch is-gap" />
					{t('chart.legend_gap')}
				</li>
			)}
			{model.isLastPartial && (
				<li>
					<i className="ra-swatch is-partial" />
					{t('chart.legend_partial')}
				</li>
			)}
		</ul>
	);
}
