/* What the pointed bucket holds; decoration for the pointer, the table has it all. */
import { useTranslation } from 'react-i18next';
import { useFormats } from '@/i18n/use-formats';
import type { ChartModel, ChartSeries } from './chart-model';

interface ChartTooltipProps {
	model: ChartModel;
	index: number;
	left: number;
}

const AXIS_WIDTH = 46;
const FLIP_AT = 0.55;
const MARKS_SHOWN = 3;

interface RowProps {
	series: ChartSeries;
	index: number;
	/** the bucket of the compared period in words */
	before: string | null;
}

function Row({ series, index, before }: RowProps) {
	const text = (value: number | null | undefined) =>
		value === null || value === undefined ? '—' : series.show(value);
	return (
		<>
			<tr>
				<th scope="row">
					<i className="ra-swatch" style={{ '--ra-swatch': `var(${series.color})` }} />
					{series.label}
				</th>
				<td>{text(series.values[index])}</td>
			</tr>
			{series.previous && before && (
				<tr className="ra-chart__before">
					<th scope="row">
						<i className="ra-swatch is-dashed" />
						{before}
					</th>
					<td>{text(series.previous[index])}</td>
				</tr>
			)}
		</>
	);
}

export function ChartTooltip({ model, index, left }: ChartTooltipProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { bucket, zone, startsMs, endMs, compareShiftMs, compareName } = model;
	const start = startsMs[index];
	if (start === undefined) return null;

	const isPartial = model.isLastPartial && index === startsMs.length - 1;
	const hasGap = model.gaps.some((gap) => gap.from < index + 0.5 && gap.to > index - 0.5);
	const marks = (model.marks ?? []).filter(
		(mark) => mark.from < index + 0.5 && mark.to >= index - 0.5,
	);
	/* Half a bucket in, so that an hour of daylight saving does not name the day before. */
	const middle = ((startsMs[index + 1] ?? endMs) - start) / 2;
	const before =
		compareShiftMs === null
			? null
			: (compareName ?? formats.bucket(start + middle + compareShiftMs, bucket, zone));
	const share = index / Math.max(1, startsMs.length - 1);

	return (
		<div
			className={`ra-chart__tip${share > FLIP_AT ? ' is-left' : ''}`}
			style={{ left: left + AXIS_WIDTH }}
			aria-hidden="true"
		>
			<div className="ra-chart__when">
				{formats.bucket(start, bucket, zone)}
				{isPartial && <em> · {t('chart.so_far')}</em>}
			</div>
			<table>
				<tbody>
					{model.series.map((series) => (
						<Row key={series.key} series={series} index={index} before={before} />
					))}
				</tbody>
			</table>
			{marks.slice(0, MARKS_SHOWN).map((mark, place) => (
				<div key={place} className="ra-chart__mark" dir="auto">
					<i className="ra-swatch" style={{ '--ra-swatch': `var(${mark.color})` }} />
					{mark.text}
				</div>
			))}
			{hasGap && <div className="ra-chart__note">{t('chart.gap_here')}</div>}
		</div>
	);
}
