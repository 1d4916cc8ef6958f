import { useTranslation } from 'react-i18next';
import type { Guild } from '@/api/types';
import { ChangeMark } from '@/components/change-mark';
import { ExplainButton } from '@/components/explain/explain-button';
import { ExportMenu } from '@/components/export-menu';
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import '@/components/figures/figures.scss';
import { useFormats } from '@/i18n/use-formats';
import { exportName } from '@/lib/export-name';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import {
	cardTable,
	cardText,
	differenceText,
	explainCard,
	isShare,
	PANEL_OF,
	sampleOf,
	shapeCards,
	type Card,
} from './cards-data';
import { useActivation, useGrowth, useStickiness } from './use-growth';

function GrowthCard({ card }: { card: Card }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { key, value, previous, compared } = card;
	return (
		<li className="ra-figure" data-figure={key}>
			<h3>
				<a href={`#${PANEL_OF[key]}`}>{t(`growth.figure.${key}.name`)}</a>
			</h3>
			<ExplainButton
				className="ra-figure__explain"
				explanation={explainCard(card, view, t, formats)}
			/>
			<p className="ra-figure__value">{cardText(key, value, formats)}</p>
			<p className="ra-figure__change">
				<ChangeMark
					value={value}
					previous={previous}
					figure={key === 'leaves' || key === 'net_growth' ? key : null}
					isLessBetter={key === 'first_message'}
					show={
						isShare(key)
							? (difference) => differenceText(key, difference, t, formats)
							: undefined
					}
				/>
				{compared && (
					<span className="ra-figure__before">
						{previous === null
							? t('figure.no_previous')
							: t('figure.before', { value: cardText(key, previous, formats) })}
					</span>
				)}
			</p>
			<p className="ra-growth__sample">{sampleOf(card, t, formats)}</p>
		</li>
	);
}

/* The three answers the cards come from; undefined until all are there. */
function useCards(guild: Guild) {
	const [view] = useView();
	const range = rangeQuery(view);
	const growth = useGrowth(guild.id, range);
	const activation = useActivation(guild.id, range);
	const stickiness = useStickiness(guild.id, range);
	const queries = [growth, activation, stickiness];
	const isThere = growth.data && activation.data && stickiness.data;
	const cards =
		isThere &&
		shapeCards({
			growth: growth.data,
			activation: activation.data,
			stickiness: stickiness.data,
		});
	return { cards, queries, range: growth.data?.range };
}

export function CardsExport({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { cards, range } = useCards(guild);
	if (!cards || !range) return null;
	return (
		<ExportMenu
			what={t('growth.figures')}
			table={cardTable(cards, t, formats)}
			name={exportName(guild, 'growth', range)}
			isBoxed
		/>
	);
}

export function GrowthCards({ guild }: { guild: Guild }) {
	const { t } = useTranslation();
	const { cards, queries } = useCards(guild);
	const broken = queries.find((query) => query.error && !query.data);
	if (broken?.error)
		return <ProblemNotice error={broken.error} onRetry={() => void broken.refetch()} />;
	if (!cards) return <Skeleton height={112} lines={2} />;
	return (
		<section
			className="ra-figures ra-growth__cards"
			aria-labelledby="growth-figures"
			aria-busy={queries.some((query) => query.isPlaceholderData)}
		>
			<h2 id="growth-figures" className="visually-hidden">
				{t('growth.figures')}
			</h2>
			<ul>
				{cards.map((card) => (
					<GrowthCard key={card.key} card={card} />
				))}
			</ul>
		</section>
	);
}
