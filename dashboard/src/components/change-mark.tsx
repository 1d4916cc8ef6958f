/* Up or down against the period before: arrow, words and colour say the same thing. */
import { ArrowDownRight, ArrowRight, ArrowUpRight } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import type { FigureKey } from '@/api/types';
import { useFormats } from '@/i18n/use-formats';
import { changeOf, isDifferenceFigure, isGood } from '@/lib/change';

const ARROWS = { up: ArrowUpRight, down: ArrowDownRight, same: ArrowRight };

interface ChangeMarkProps {
	value: number | null;
	previous: number | null;
	figure?: FigureKey | null;
	isLessBetter?: boolean;
	/** how the difference is written; left out: as a percentage, where there is one */
	show?: (difference: number) => string;
}

export function ChangeMark(props: ChangeMarkProps) {
	const { value, previous, figure = null, isLessBetter = false, show } = props;
	const { t } = useTranslation();
	const formats = useFormats();
	const change = changeOf(value, previous);
	if (!change) return null;

	const good = isGood(change.direction, figure);
	const tone = good === null ? 'same' : good !== isLessBetter ? 'good' : 'bad';
	const Arrow = ARROWS[change.direction];
	const isNew = change.ratio === null;
	const amount = show
		? show(change.difference)
		: (figure && isDifferenceFigure(figure)) || isNew
			? formats.signed(change.difference)
			: formats.percent(change.ratio ?? 0);
	return (
		<span className={`ra-change is-${tone}`}>
			<Arrow size={14} aria-hidden="true" />
			<span className="visually-hidden">{t(`change.${change.direction}`)} </span>
			{amount}
		</span>
	);
}
