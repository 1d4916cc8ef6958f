/* Shaping of cohorts: how many of those who joined in a week are still there, or still active. */
import type { TFunction } from 'i18next';
import type { Retention } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Column, Table } from '@/lib/table';

export interface RetentionCell {
	n: number;
	kept: number;
	/** null: for nobody has the day come */
	share: number | null;
	isComplete: boolean;
}

export interface CohortRow {
	day: string;
	/** null: nothing was counted then */
	joined: number | null;
	cells: RetentionCell[];
}

export function shapeCohorts({ cohorts }: Retention): CohortRow[] {
	return cohorts.map(({ day, joined, cells }) => ({
		day,
		joined,
		cells: cells.map(({ n, kept, is_complete }) => ({
			n,
			kept,
			share: n > 0 ? kept / n : null,
			isComplete: is_complete,
		})),
	}));
}

export const isEmptyRetention = (answer: Retention) =>
	answer.cohorts.every(({ joined }) => !joined);

/** `Day 7`, `Week 3`. */
export function offsetText(answer: Retention, offset: number, t: TFunction): string {
	return t(`growth.${answer.kind}.offset`, { offset });
}

export function weekText(day: string, formats: Formats): string {
	return formats.tick(Date.parse(`${day}T00:00:00Z`), 'day', 'UTC');
}

/** What a cell says when one points at it, and what is read out where it is incomplete. */
export function cellText(
	answer: Retention,
	row: CohortRow,
	place: number,
	t: TFunction,
	formats: Formats,
): string {
	const cell = row.cells[place];
	const text = t(`growth.${answer.kind}.cell`, {
		week: weekText(row.day, formats),
		offset: answer.offsets[place],
		kept: formats.count(cell?.kept ?? 0),
		count: cell?.n ?? 0,
		n: formats.count(cell?.n ?? 0),
	});
	if (!cell || cell.isComplete) return text;
	return `${text} ${t('growth.incomplete_of', { joined: formats.count(row.joined ?? 0) })}`;
}

/* The figure people quote: a week after joining, four weeks after. */
const QUOTED = { membership: ['day_7', 'day_30'], activity: ['week_1', 'week_4'] } as const;

export function retentionSummary(answer: Retention, t: TFunction, formats: Formats): string {
	if (!answer.is_ready) return t('growth.not_ready');
	const said = QUOTED[answer.kind].flatMap((key) => {
		const figure = answer.figures.find((one) => one.key === key);
		if (!figure || figure.value === null) return [];
		const share = formats.share(figure.value);
		const text = t(`growth.kept.${key}`, {
			share,
			count: figure.n,
			n: formats.count(figure.n),
		});
		if (figure.previous === null) return [text];
		return [`${text} ${t('growth.said_before', { share: formats.share(figure.previous) })}`];
	});
	return said.join(' ') || t('growth.retention_early');
}

export function retentionTable(answer: Retention, t: TFunction, formats: Formats): Table {
	const unit = answer.kind === 'membership' ? 'day' : 'week';
	const columns = answer.offsets.flatMap((offset): Column[] => [
		{
			key: `${unit}_${offset}`,
			title: offsetText(answer, offset, t),
			isNumber: true,
			show: formats.share,
			write: (share) => Number(share.toFixed(4)),
		},
		{
			key: `${unit}_${offset}_n`,
			title: `${offsetText(answer, offset, t)}, ${t('growth.sample.title')}`,
			isNumber: true,
		},
	]);
	return {
		columns: [
			{ key: 'week', title: t('chart.bucket.week'), read: (day) => weekText(day, formats) },
			{ key: 'joined', title: t('growth.series.joins'), isNumber: true },
			...columns,
		],
		rows: shapeCohorts(answer).map((row) => [
			row.day,
			row.joined,
			...row.cells.flatMap((cell) => [cell.share, cell.n]),
		]),
	};
}
