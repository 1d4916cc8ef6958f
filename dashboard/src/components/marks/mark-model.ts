/* Marks on the axis of a chart, and what they say. */
import type { TFunction } from 'i18next';
import type { Annotation } from '@/api/types';
import { positionOf, type ChartMark, type ChartModel } from '@/components/chart/chart-model';
import type { Formats } from '@/lib/format';

const COLORS: Record<Annotation['kind'], string> = {
	note: '--ra-accent',
	downtime: '--ra-warning',
	raid: '--ra-bad',
	boost: '--ra-bots',
	join_wave: '--ra-joins',
	leave_wave: '--ra-leaves',
};

export const colorOf = (kind: Annotation['kind']): string => COLORS[kind];

export function markText(mark: Annotation, t: TFunction, formats: Formats): string {
	if (mark.text !== null) return mark.text;
	const count = mark.count ?? 0;
	return t(`mark.found.${mark.kind}`, { count, n: formats.count(count) });
}

/** Where the marks lie on the axis of that chart; those beside it are left out. */
export function placeMarks(
	marks: Annotation[],
	model: Pick<ChartModel, 'startsMs' | 'endMs'>,
	text: (mark: Annotation) => string,
): ChartMark[] {
	const { startsMs, endMs } = model;
	const firstMs = startsMs[0] ?? endMs;
	return marks
		.map((mark) => ({
			mark,
			at: Date.parse(mark.at),
			until: Date.parse(mark.until_at ?? mark.at),
		}))
		.filter(({ at, until }) => until >= firstMs && at < endMs)
		.map(({ mark, at, until }) => ({
			from: positionOf(at, startsMs, endMs),
			to: positionOf(until, startsMs, endMs),
			color: colorOf(mark.kind),
			text: text(mark),
		}));
}
