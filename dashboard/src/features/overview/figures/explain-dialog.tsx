/* Every figure can be explained: what it counts, over what, and how completely. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Figure, Overview, Range } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { useFormats } from '@/i18n/use-formats';
import { figureText, gapKind } from './figures-data';

const GAPS_SHOWN = 5;

function Gaps({ range }: { range: Range }) {
	const { t } = useTranslation();
	const formats = useFormats();
	if (!range.gaps.length) return null;
	const shown = range.gaps.slice(-GAPS_SHOWN);
	const rest = range.gaps.length - shown.length;
	return (
		<ul className="ra-explain__gaps">
			{shown.map((gap) => (
				<li key={gap.from}>
					{formats.dateTime(Date.parse(gap.from), range.timezone)},{' '}
					{formats.duration(Date.parse(gap.to) - Date.parse(gap.from))}
					{' · '}
					{t(`gap.${gapKind(gap.cause)}`, { cause: gap.cause })}
				</li>
			))}
			{rest > 0 && (
				<li>{t('coverage.more_gaps', { count: rest, n: formats.count(rest) })}</li>
			)}
		</ul>
	);
}

const HOURLY_UP_TO_MS = 2 * 24 * 3_600_000;

function sampleText(figure: Figure, range: Range, t: TFunction): string {
	const count = figure.sparkline.length;
	const isHourly = Date.parse(range.to) - Date.parse(range.from) <= HOURLY_UP_TO_MS;
	const text = t(isHourly ? 'figure.sample_hours' : 'figure.sample_days', { count });
	return range.is_partial ? t('figure.sample_running', { text }) : text;
}

interface ExplainDialogProps {
	figure: Figure;
	overview: Overview;
	onClose: () => void;
}

export function ExplainDialog({ figure, overview, onClose }: ExplainDialogProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const { range, compare_range: compared } = overview;
	return (
		<Dialog title={t(`figure.${figure.key}.name`)} onClose={onClose}>
			<p className="ra-explain__text">{t(`figure.${figure.key}.definition`)}</p>
			<dl className="ra-explain">
				<dt>{formats.range(range)}</dt>
				<dd>
					<strong>{figureText(figure.key, figure.value, formats)}</strong>
				</dd>
				{compared && (
					<>
						<dt>{formats.range(compared)}</dt>
						<dd>
							{figure.previous === null
								? t('figure.no_previous')
								: figureText(figure.key, figure.previous, formats)}
						</dd>
					</>
				)}
				<dt>{t('coverage.title')}</dt>
				<dd>
					{formats.share(range.coverage)}
					<Gaps range={range} />
				</dd>
				<dt>{t('figure.sample')}</dt>
				<dd>{sampleText(figure, range, t)}</dd>
			</dl>
			<p className="ra-explain__note">{t('coverage.text')}</p>
		</Dialog>
	);
}
