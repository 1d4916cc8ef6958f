/* The figures of requests, each with what it means. */
import { useTranslation } from 'react-i18next';
import type { RequestFigures, RequestSums } from '@/api/types';
import { FigureGrid, FigureTile } from '@/components/figures/figure-tile';
import { useFormats } from '@/i18n/use-formats';
import { waitText } from './wait';

interface TileProps {
	answer: RequestFigures;
	name: 'n' | 'p50' | 'p90' | 'unanswered' | 'target';
	of: (sums: RequestSums) => number | null;
	show: (value: number) => string;
	/** what stands there without a value */
	none?: string;
	note?: string;
}

function Tile({ answer, name, of, show, none = '—', note }: TileProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { figures, previous, range, desk } = answer;
	const value = of(figures);
	const before = previous && of(previous);
	return (
		<FigureTile
			explanation={{
				name: t(`requests.figure.${name}`),
				definition: t(`requests.definition.${name}`, {
					horizon: waitText(desk.horizon_s * 1000, formats),
					good: waitText(desk.good_s * 1000, formats),
					poor: waitText(desk.poor_s * 1000, formats),
				}),
				range,
				compared: answer.compare_range,
				value: value === null ? none : show(value),
				previous: before === null ? null : show(before),
				sample: t('requests.sample', {
					n: formats.count(figures.n),
					open: formats.count(figures.open),
					unanswered: formats.count(figures.unanswered),
				}),
				filters: [t(`requests.by.${answer.by}_filter`)],
			}}
			note={note}
		>
			{value !== null && before !== null && (
				<span className="ra-figure__before">
					{t('figure.before', { value: show(before) })}
				</span>
			)}
		</FigureTile>
	);
}

export function RequestTiles({ answer, isStale }: { answer: RequestFigures; isStale: boolean }) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { figures } = answer;
	const wait = (ms: number) => waitText(ms, formats);
	const none = t(figures.is_hidden ? 'requests.hidden' : 'requests.not_reached');
	const waits = { answer, show: wait, none };
	return (
		<FigureGrid title={t('requests.figures')} isStale={isStale}>
			<Tile
				answer={answer}
				name="n"
				of={(sums) => sums.n}
				show={formats.count}
				note={t('requests.note.open', {
					count: figures.open,
					n: formats.count(figures.open),
				})}
			/>
			<Tile {...waits} name="p50" of={(sums) => sums.calendar.p50_ms} />
			<Tile {...waits} name="p90" of={(sums) => sums.calendar.p90_ms} />
			<Tile
				answer={answer}
				name="unanswered"
				of={(sums) => sums.unanswered_rate}
				show={formats.share}
				note={t('requests.note.unanswered', {
					n: formats.count(figures.unanswered),
					of: formats.count(figures.old),
				})}
			/>
			<Tile
				answer={answer}
				name="target"
				of={(sums) => sums.target.rate}
				show={formats.share}
				none={t(answer.desk.has_targets ? 'requests.not_reached' : 'requests.no_target')}
				note={t('requests.note.at_risk', {
					count: figures.target.at_risk,
					n: formats.count(figures.target.at_risk),
				})}
			/>
		</FigureGrid>
	);
}
