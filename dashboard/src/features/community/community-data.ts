/* Shaping of the sums of a community: four charts, and the numbers above them. */
import type { Community } from '@/api/types';
import {
	frameOf,
	seriesOf,
	sum,
	type ChartSeries,
	type Values,
} from '@/components/chart/chart-model';
import { meanOf, seriesTable, type Shaped, type Words } from '@/components/chart/shape';

export type CommunityKey =
	| 'bans'
	| 'unbans'
	| 'timeouts'
	| 'boosts'
	| 'boost_ends'
	| 'commands'
	| 'online_mean'
	| 'online_peak';

const COLORS: Record<CommunityKey, string> = {
	bans: '--ra-bad',
	unbans: '--ra-good',
	timeouts: '--ra-reactions',
	boosts: '--ra-bots',
	boost_ends: '--ra-leaves',
	commands: '--ra-people',
	online_mean: '--ra-good',
	online_peak: '--ra-people',
};

export const totalOf = (answer: Community, key: CommunityKey): number =>
	sum(seriesOf(answer, key).values);

/** null: nothing compared, or not counted then. */
export function previousOf(answer: Community, key: CommunityKey): number | null {
	const { previous } = seriesOf(answer, key);
	const known = previous?.filter((value) => value !== null) ?? [];
	return known.length ? sum(known) : null;
}

type Draw = Pick<ChartSeries, 'kind'> & {
	key: CommunityKey;
	isBelow?: boolean;
	isCompared?: boolean;
};

function draw(answer: Community, drawn: Draw[], words: Words, summary: string): Shaped {
	const { t, formats } = words;
	const series = drawn.map(({ key, isCompared, ...look }): ChartSeries => {
		const { values, previous } = seriesOf(answer, key);
		return {
			...look,
			key,
			label: t(`community.series.${key}`),
			color: COLORS[key],
			values,
			previous: isCompared ? previous : null,
			show: formats.count,
		};
	});
	const counted: { key: string; title: string; values: Values }[] = series.map((one) => ({
		key: one.key,
		title: one.label,
		values: one.values,
	}));
	return {
		model: { ...frameOf(answer), series, tick: formats.short },
		table: seriesTable(answer, series, counted, words),
		summary,
	};
}

export function shapeSafety(answer: Community, words: Words): Shaped {
	const count = (key: CommunityKey) => words.formats.count(totalOf(answer, key));
	return draw(
		answer,
		[
			{ key: 'bans', kind: 'bars', isCompared: true },
			{ key: 'timeouts', kind: 'line' },
			{ key: 'unbans', kind: 'bars', isBelow: true },
		],
		words,
		words.t('community.safety.summary', { bans: count('bans'), timeouts: count('timeouts') }),
	);
}

export function shapeBoosts(answer: Community, words: Words): Shaped {
	const count = (key: CommunityKey) => words.formats.count(totalOf(answer, key));
	return draw(
		answer,
		[
			{ key: 'boosts', kind: 'bars', isCompared: true },
			{ key: 'boost_ends', kind: 'bars', isBelow: true },
		],
		words,
		words.t('community.boosts.summary', {
			started: count('boosts'),
			ended: count('boost_ends'),
		}),
	);
}

export function shapeCommands(answer: Community, words: Words): Shaped {
	const { t, formats } = words;
	const { values } = seriesOf(answer, 'commands');
	return draw(
		answer,
		[{ key: 'commands', kind: 'area', isCompared: true }],
		words,
		t('community.use.summary', {
			n: formats.count(sum(values)),
			mean: formats.mean(meanOf(values, answer.is_last_partial)),
			per: t(`chart.per.${answer.bucket}`),
		}),
	);
}

export function shapeOnline(answer: Community, words: Words): Shaped {
	const { t, formats } = words;
	const peaks = seriesOf(answer, 'online_peak').values.filter((value) => value !== null);
	return draw(
		answer,
		[
			{ key: 'online_mean', kind: 'area', isCompared: true },
			{ key: 'online_peak', kind: 'line' },
		],
		words,
		peaks.length
			? t('community.online.summary', { n: formats.count(Math.max(...peaks)) })
			: t('community.online.empty'),
	);
}
