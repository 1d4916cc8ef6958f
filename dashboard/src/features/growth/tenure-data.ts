/* Shaping of leaves by how long people had been members. */
import type { TFunction } from 'i18next';
import type { Growth } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';

export interface TenureRow {
	key: Growth['tenure'][number]['key'];
	leaves: number;
	previous: number | null;
	/** of all leaves; null when there are none */
	share: number | null;
	/** of the longest bar */
	level: number;
}

export function shapeTenure({ tenure }: Growth): { rows: TenureRow[]; total: number } {
	const total = tenure.reduce((sum, { leaves }) => sum + leaves, 0);
	const most = Math.max(1, ...tenure.map(({ leaves }) => leaves));
	return {
		total,
		rows: tenure.map((row) => ({
			...row,
			share: total ? row.leaves / total : null,
			level: row.leaves / most,
		})),
	};
}

/** `Half of 80 leavers …`: how many went within their first week, of those whose join is known. */
export function tenureSummary(answer: Growth, t: TFunction, formats: Formats): string {
	const { rows, total } = shapeTenure(answer);
	const leavesOf = (keys: string[]) =>
		rows.filter(({ key }) => keys.includes(key)).reduce((sum, { leaves }) => sum + leaves, 0);
	const unknown = leavesOf(['unknown']);
	const known = total - unknown;
	const early = leavesOf(['under_1h', 'under_1d', 'days_7']);
	return [
		known > 0 &&
			t('growth.tenure.summary', {
				share: formats.share(early / known),
				count: known,
				n: formats.count(known),
			}),
		unknown > 0 && t('growth.tenure.unknown', { count: unknown, n: formats.count(unknown) }),
	]
		.filter(Boolean)
		.join(' ');
}

export function tenureTable(answer: Growth, t: TFunction, formats: Formats): Table {
	return {
		columns: [
			{
				key: 'tenure',
				title: t('growth.tenure.column'),
				read: (key) => t(`growth.tenure.key.${key as TenureRow['key']}`),
			},
			{ key: 'leaves', title: t('growth.series.leaves'), isNumber: true },
			{
				key: 'share',
				title: t('growth.share'),
				isNumber: true,
				show: formats.share,
				write: (share) => Number(share.toFixed(4)),
			},
			{ key: 'previous', title: t('export.previous'), isNumber: true },
		],
		rows: shapeTenure(answer).rows.map(({ key, leaves, share, previous }) => [
			key,
			leaves,
			share,
			previous,
		]),
	};
}
