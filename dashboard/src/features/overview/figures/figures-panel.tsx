/* The cards: every figure of the range, its change, its course, its meaning. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FigureKey, Guild } from '@/api/types';
import { useOverview } from '@/api/use-figures';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { rangeQuery } from '@/lib/view';
import { useView } from '@/lib/use-view';
import { ExplainFigure } from './explain-figure';
import { FigureCard } from './figure-card';
import { orderFigures } from './figures-data';
import '@/components/figures/figures.scss';

export function FiguresPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view] = useView();
	const overview = useOverview(guild.id, rangeQuery(view));
	const [explained, setExplained] = useState<FigureKey | null>(null);

	if (overview.isPending) return <Skeleton height={112} lines={2} />;
	if (!overview.data)
		return <ProblemNotice error={overview.error} onRetry={() => void overview.refetch()} />;

	const { data } = overview;
	const figures = orderFigures(data.figures);
	const figure = figures.find((candidate) => candidate.key === explained);
	return (
		<section
			className="ra-figures"
			aria-labelledby="figures-title"
			aria-busy={overview.isPlaceholderData}
		>
			<h2 id="figures-title" className="visually-hidden">
				{t('overview.figures')}
			</h2>
			<ul>
				{figures.map((item) => (
					<FigureCard
						key={item.key}
						figure={item}
						isCompared={data.compare_range !== null}
						isRunning={data.range.is_partial}
						onExplain={() => setExplained(item.key)}
					/>
				))}
			</ul>
			{figure && (
				<ExplainFigure figure={figure} overview={data} onClose={() => setExplained(null)} />
			)}
		</section>
	);
}
