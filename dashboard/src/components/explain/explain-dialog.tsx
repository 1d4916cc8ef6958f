/*
 * Every figure can be explained: what it counts, over what, with which filters, from how much, and
 * how completely. The caller knows the figure, and says it in words.
 */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Range } from '@/api/types';
import { Dialog } from '@/components/dialog';
import { filterWords } from '@/components/filter/filter-data';
import { useFormats } from '@/i18n/use-formats';
import { useView } from '@/lib/use-view';
import { Gaps } from './gaps';
import './explain.scss';

export interface Explanation {
	name: string;
	definition: string;
	range: Range;
	/** the figure, as the page shows it */
	value?: string;
	compared?: Range | null;
	/** whose it is, where another guild is compared with */
	comparedName?: string | null;
	/** what it was before; null: nothing was counted then */
	previous?: string | null;
	/** what it is made from: `28 days`, `1,204 voice sessions` */
	sample?: string;
	/** what was left out or picked, a phrase each; undefined: as the bar above says, if it says anything */
	filters?: string[];
	/** the way to the rows behind it, for those who may see them */
	rows?: ReactNode;
}

interface ExplainDialogProps {
	explanation: Explanation;
	onClose: () => void;
}

export function ExplainDialog({ explanation, onClose }: ExplainDialogProps) {
	const { t } = useTranslation();
	const formats = useFormats();
	const [view] = useView();
	const { range, value, compared, previous, sample, rows } = explanation;
	const filters = explanation.filters ?? filterWords(view, t);
	return (
		<Dialog title={explanation.name} onClose={onClose}>
			<p className="ra-explain__text">{explanation.definition}</p>
			<dl className="ra-explain">
				<dt>{formats.range(range)}</dt>
				<dd>
					<strong>{value}</strong>
				</dd>
				{compared && previous !== undefined && (
					<>
						<dt>{explanation.comparedName ?? formats.range(compared)}</dt>
						<dd>{previous ?? t('figure.no_previous')}</dd>
					</>
				)}
				{filters && (
					<>
						<dt>{t('explain.filters')}</dt>
						<dd>{filters.length ? formats.list(filters) : t('explain.no_filters')}</dd>
					</>
				)}
				<dt>{t('coverage.title')}</dt>
				<dd>
					{formats.share(range.coverage)}
					<Gaps range={range} />
				</dd>
				{sample && (
					<>
						<dt>{t('figure.sample')}</dt>
						<dd>{sample}</dd>
					</>
				)}
				{rows && (
					<>
						<dt>{t('explain.rows')}</dt>
						<dd>{rows}</dd>
					</>
				)}
			</dl>
			<p className="ra-explain__note">{t('coverage.text')}</p>
		</Dialog>
	);
}
