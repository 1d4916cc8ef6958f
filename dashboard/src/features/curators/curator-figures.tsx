/* The figures of one curator: score, what it is made of, rank, answers. */
import { useTranslation } from 'react-i18next';
import type { Curator } from '@/api/types';
import { FigureGrid, FigureTile } from '@/components/figures/figure-tile';
import { useFormats } from '@/i18n/use-formats';
import { answerTime } from './wait';

type Key = 'score' | 'base' | 'bonus' | 'responses' | 'p50';

export function CuratorFigures({ curator, isStale }: { curator: Curator; isStale: boolean }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { figures, previous, range, compare_range: compared } = curator;
	const counted = (key: Exclude<Key, 'p50'>) => ({
		key,
		value: figures[key],
		previous: previous?.[key] ?? null,
		text: key === 'bonus' ? formats.signed(figures[key]) : formats.count(figures[key]),
		before:
			previous &&
			(key === 'bonus' ? formats.signed(previous[key]) : formats.count(previous[key])),
	});
	const tiles = [
		counted('score'),
		counted('base'),
		counted('bonus'),
		counted('responses'),
		{
			key: 'p50' as const,
			value: null,
			previous: null,
			text: answerTime(figures.p50_ms, formats),
			before: previous && answerTime(previous.p50_ms, formats),
		},
	];
	return (
		<FigureGrid title={t('curators.one.figures')} isStale={isStale}>
			{tiles.map((tile) => (
				<FigureTile
					key={tile.key}
					value={tile.value}
					previous={tile.previous}
					note={tile.before !== null && t('figure.before', { value: tile.before })}
					explanation={{
						name: t(`curators.one.${tile.key}.name`),
						definition:
							tile.key === 'score'
								? `${t('curators.one.score.definition')} ${t('curators.one.rank.definition')}`
								: t(`curators.one.${tile.key}.definition`),
						range,
						value: tile.text,
						compared,
						previous: tile.before,
						sample: t('curators.one.sample', {
							answers: formats.count(figures.responses),
							good: formats.count(figures.good),
							poor: formats.count(figures.poor),
						}),
						filters: [t(`curators.by.${curator.by_answer ? 'answer' : 'request'}`)],
					}}
				/>
			))}
		</FigureGrid>
	);
}
