/* What was written: a card a figure, and the course of the one that is picked. */
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { useSearchParams } from 'wouter';
import type { Guild, Messages } from '@/api/types';
import { useMessages } from '@/api/use-lists';
import { ChangeMark } from '@/components/change-mark';
import { ChartPanel } from '@/components/chart/chart-panel';
import { ExplainButton } from '@/components/explain/explain-button';
import { Sparkline } from '@/components/sparkline';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { rangeQuery } from '@/lib/view';
import { figureOf, MESSAGE_KEYS, shapeMessageFigure, type MessageKey } from './message-data';
import { RowsButton } from './rows-dialog';
import './messages.scss';

function Card({
	guild,
	answer,
	what,
	isOn,
	onPick,
}: {
	guild: Guild;
	answer: Messages;
	what: MessageKey;
	isOn: boolean;
	onPick: () => void;
}) {
	const { t } = useTranslation();
	const formats = useFormats();
	const figure = figureOf(answer, what);
	if (!figure) return null;
	const text = (value: number | null) => (value === null ? '—' : formats.count(value));
	return (
		<li className={`ra-measure${isOn ? ' is-on' : ''}`} data-figure={what}>
			<button type="button" aria-pressed={isOn} onClick={onPick}>
				<span className="ra-measure__name">{t(`column.${what}`)}</span>
				<span className="ra-measure__value">{text(figure.value)}</span>
				<span className="ra-measure__change">
					<ChangeMark value={figure.value} previous={figure.previous} />
				</span>
				<Sparkline values={figure.values} isRunning={answer.is_last_partial} />
			</button>
			<ExplainButton
				className="ra-measure__explain"
				explanation={{
					name: t(`column.${what}`),
					definition: t(`messages.definition.${what}`),
					range: answer.range,
					value: text(figure.value),
					compared: answer.compare_range,
					previous: figure.previous === null ? null : text(figure.previous),
					rows: guild.can_see_people && what !== 'deletions' && (
						<RowsButton guild={guild} of="messages" />
					),
				}}
			/>
		</li>
	);
}

interface MessageFiguresProps {
	guild: Guild;
	/** what says nothing here */
	hidden?: readonly MessageKey[];
}

export function MessageFigures({ guild, hidden = [] }: MessageFiguresProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const [search, setSearch] = useSearchParams();
	const query = useMessages(guild.id, rangeQuery(view));
	const picked = MESSAGE_KEYS.find((key) => key === search.get('figure')) ?? 'messages';
	const shaped = useMemo(
		() => query.data && shapeMessageFigure(query.data, picked, { t, formats }),
		[query.data, picked, t, formats],
	);
	const pick = (key: MessageKey) =>
		setSearch(
			(now) => {
				const next = new URLSearchParams(now);
				if (key === 'messages') next.delete('figure');
				else next.set('figure', key);
				return next;
			},
			{ replace: true },
		);
	return (
		<>
			{query.data && (
				<ul className="ra-measures" aria-label={t('messages.figures')}>
					{MESSAGE_KEYS.filter((key) => !hidden.includes(key)).map((key) => (
						<Card
							key={key}
							guild={guild}
							answer={query.data}
							what={key}
							isOn={key === picked}
							onPick={() => pick(key)}
						/>
					))}
				</ul>
			)}
			<div className="ra-grid">
				<ChartPanel
					id="messages"
					title={t(`column.${picked}`)}
					empty={t(
						query.data && figureOf(query.data, picked)?.value === null
							? 'messages.not_told'
							: 'messages.empty',
					)}
					className="is-full"
					guild={guild}
					answer={query.data}
					shaped={shaped}
					error={query.error}
					isStale={query.isPlaceholderData}
					onRetry={() => void query.refetch()}
				/>
			</div>
		</>
	);
}
