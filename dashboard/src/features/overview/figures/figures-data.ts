/* Shaping of the cards. */
import type { TFunction } from 'i18next';
import type { Figure, FigureKey } from '@/api/types';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';

/** What is asked first stands first. */
const ORDER: readonly FigureKey[] = [
	'messages',
	'active_members',
	'communicators',
	'dau',
	'voice',
	'members',
	'net_growth',
	'joins',
	'leaves',
	'reactions',
];

/** The panel that tells more. */
export const PANEL_OF: Record<FigureKey, 'messages' | 'members' | 'voice'> = {
	messages: 'messages',
	reactions: 'messages',
	active_members: 'members',
	communicators: 'members',
	dau: 'members',
	members: 'members',
	net_growth: 'members',
	joins: 'members',
	leaves: 'members',
	voice: 'voice',
};

export function orderFigures(figures: Figure[]): Figure[] {
	return ORDER.flatMap((key) => figures.filter((figure) => figure.key === key));
}

export function figureText(key: FigureKey, value: number | null, formats: Formats): string {
	if (value === null) return '—';
	if (key === 'voice') return formats.duration(value);
	if (key === 'dau') return formats.mean(value);
	return key === 'net_growth' ? formats.signed(value) : formats.count(value);
}

/** `other`: whose figures stand beside, where they are no earlier ones. */
export function figureTable(
	figures: Figure[],
	t: TFunction,
	formats: Formats,
	other: string | null = null,
): Table {
	return {
		columns: [
			{
				key: 'figure',
				title: t('export.figure'),
				read: (key) => t(`figure.${key as FigureKey}.name`),
			},
			{ key: 'value', title: t('export.value'), isNumber: true, show: formats.count },
			{
				key: other === null ? 'previous' : 'other',
				title: other ?? t('export.previous'),
				isNumber: true,
				show: formats.count,
			},
		],
		rows: figures.map((figure) => [figure.key, figure.value, figure.previous]),
	};
}
