/* The cards of the growth page: figures of three answers, written and explained alike. */
import type { TFunction } from 'i18next';
import type { Activation, Growth, Range, Sampled, Stickiness, Total } from '@/api/types';
import type { Explanation } from '@/components/explain/explain-dialog';
import type { Formats } from '@/lib/format';
import type { Table } from '@/lib/table';
import type { View } from '@/lib/view';
import { filterWords } from './filters';

export const CARD_KEYS = [
	'joins',
	'leaves',
	'net_growth',
	'rejoins',
	'activation_24h',
	'activation_7d',
	'first_message',
	'stickiness',
] as const;
export type CardKey = (typeof CARD_KEYS)[number];

/** The panel that tells more. */
export const PANEL_OF: Record<CardKey, string> = {
	joins: 'flow',
	leaves: 'tenure',
	net_growth: 'flow',
	rejoins: 'flow',
	activation_24h: 'activation',
	activation_7d: 'activation',
	first_message: 'activation',
	stickiness: 'stickiness',
};

export interface Card {
	key: CardKey;
	value: number | null;
	previous: number | null;
	/** of a sample of people: how many, and how many more there are of whom nothing can be said */
	sample?: Pick<Sampled, 'n' | 'left_out' | 'previous_n'>;
	range: Range;
	compared: Range | null;
}

interface Answers {
	growth: Growth;
	activation: Activation;
	stickiness: Stickiness;
}

type Found = Total & Partial<Sampled>;

export function shapeCards(answers: Answers): Card[] {
	const all = [answers.growth, answers.activation, answers.stickiness];
	return CARD_KEYS.flatMap((key) =>
		all.flatMap(({ figures, range, compare_range: compared }) =>
			(figures as Found[])
				.filter((figure) => figure.key === key)
				.map(({ value, previous, n, left_out, previous_n }) => ({
					key,
					value,
					previous,
					range,
					compared,
					...(n !== undefined && {
						sample: {
							n,
							left_out: left_out ?? 0,
							previous_n: previous_n ?? null,
						},
					}),
				})),
		),
	);
}

export function isShare(key: CardKey): boolean {
	return key === 'stickiness' || key.startsWith('activation');
}

export function cardText(key: CardKey, value: number | null, formats: Formats): string {
	if (value === null) return '—';
	if (isShare(key)) return formats.share(value);
	if (key === 'first_message') return formats.duration(value);
	return key === 'net_growth' ? formats.signed(value) : formats.count(value);
}

/** Two shares differ by points: from 40 % to 50 % is ten of them, not a quarter. */
export function differenceText(
	key: CardKey,
	difference: number,
	t: TFunction,
	formats: Formats,
): string {
	if (isShare(key)) return t('growth.points', { n: formats.signed(difference * 100) });
	return formats.signed(difference);
}

/** `of 120 newcomers; 14 more left out`, or nothing when a figure counts all there is. */
export function sampleOf(card: Card, t: TFunction, formats: Formats): string | undefined {
	const { key, sample } = card;
	if (!sample) return undefined;
	const of = t('growth.sample.newcomers', { count: sample.n, n: formats.count(sample.n) });
	const why = key === 'first_message' ? 'silent' : 'open';
	const rest = t(`growth.sample.${why}`, {
		count: sample.left_out,
		n: formats.count(sample.left_out),
	});
	return sample.left_out ? `${of}; ${rest}` : of;
}

export function explainCard(card: Card, view: View, t: TFunction, formats: Formats): Explanation {
	const { key, value, previous, range, compared } = card;
	return {
		name: t(`growth.figure.${key}.name`),
		definition: t(`growth.figure.${key}.definition`),
		range,
		value: cardText(key, value, formats),
		compared,
		previous: previous === null ? null : cardText(key, previous, formats),
		sample: sampleOf(card, t, formats) ?? t('growth.sample.all'),
		filters: filterWords(view, key === 'stickiness', t),
	};
}

export function cardTable(cards: Card[], t: TFunction, formats: Formats): Table {
	return {
		columns: [
			{
				key: 'figure',
				title: t('export.figure'),
				read: (key) => t(`growth.figure.${key as CardKey}.name`),
			},
			{ key: 'value', title: t('export.value'), isNumber: true, show: formats.count },
			{ key: 'previous', title: t('export.previous'), isNumber: true, show: formats.count },
			{ key: 'n', title: t('growth.sample.title'), isNumber: true },
			{ key: 'left_out', title: t('growth.sample.left_out'), isNumber: true },
		],
		rows: cards.map(({ key, value, previous, sample }) => [
			key,
			value,
			previous,
			sample?.n ?? null,
			sample?.left_out ?? null,
		]),
	};
}
