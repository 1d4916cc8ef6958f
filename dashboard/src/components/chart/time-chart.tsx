/*
 * A chart over time. The canvas is invisible to assistive software on purpose: the panel
 * around it says the same in a sentence and in a table.
 */
import { useEffect, useEffectEvent, useMemo, useRef, useState } from 'react';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { useFormats } from '@/i18n/use-formats';
import { useIsDark } from '@/lib/theme';
import { ChartTooltip } from './chart-tooltip';
import type { ChartModel } from './chart-model';
import { plotData, plotOptions } from './plot';
import './chart.scss';

interface Pointer {
	index: number;
	left: number;
}

interface TimeChartProps {
	model: ChartModel;
	onSelect?: ((first: number, last: number) => void) | undefined;
}

export function TimeChart({ model, onSelect }: TimeChartProps) {
	const formats = useFormats();
	const isDark = useIsDark();
	const host = useRef<HTMLDivElement>(null);
	const plot = useRef<uPlot | null>(null);
	const [pointer, setPointer] = useState<Pointer | null>(null);
	const data = useMemo(() => plotData(model), [model]);

	const onCursor = useEffectEvent((index: number | null, left: number) => {
		setPointer(index === null || left < 0 ? null : { index, left });
	});
	const onSpan = useEffectEvent((first: number, last: number) => onSelect?.(first, last));
	const canSelect = !!onSelect;

	useEffect(() => {
		const element = host.current;
		if (!element) return;
		const size = () => ({ width: element.clientWidth, height: element.clientHeight });
		const made = new uPlot(
			plotOptions(model, {
				...size(),
				tickOf: (index) =>
					formats.tick(model.startsMs[index] ?? 0, model.bucket, model.zone),
				onCursor: (index, left) => onCursor(index, left),
				...(canSelect && { onSelect: (first, last) => onSpan(first, last) }),
			}),
			data,
			element,
		);
		plot.current = made;
		const observer = new ResizeObserver(() => made.setSize(size()));
		observer.observe(element);
		return () => {
			observer.disconnect();
			made.destroy();
			plot.current = null;
		};
	}, [model, data, formats, canSelect]);

	useEffect(() => plot.current?.redraw(false), [isDark]);

	return (
		<div className="ra-chart">
			<div ref={host} className="ra-chart__plot" aria-hidden="true" />
			{pointer && <ChartTooltip model={model} index={pointer.index} left={pointer.left} />}
		</div>
	);
}
