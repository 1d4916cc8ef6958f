/* The cards: every figure of the range, its change, its course, its meaning. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { FigureKey, Guild } from '@/api/types';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { useView } from '@/lib/use-view';
import { useOverviewWith } from '@/features/overview/with/use-with';
import { ExplainFigure } from './explain-figure';
import { FigureCard } from './figure-card';
import { orderFigures } from './figures-data';
import '@/components/figures/figures.scss';

export function FiguresPanel({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const [view] = useView();
	const overview = useOverviewWith(guild, view);
	const [explained, setExplained] = useState<FigureKey | null>(null);

	if (!overview.data)
		return overview.error ? (
			<ProblemNotice error={overview.error} onRetry={() => void overview.refetch()} />
		) : (
			<Skeleton height={112} lines={2} />
		);

	const { data, name, otherError } = overview;
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
			{otherError && <ProblemNotice error={otherError} />}
			<ul>
				{figures.map((item) => (
					<FigureCard
						key={item.key}
						figure={item}
						isCompared={data.compare_range !== null}
						other={name}
						isRunning={data.range.is_partial}
						onExplain={() => setExplained(item.key)}
					/>
				))}
			</ul>
			{figure && (
				<ExplainFigure
					figure={figure}
					overview={data}
					other={name}
					onClose={() => setExplained(null)}
				/>
			)}
		</section>
	);
}
