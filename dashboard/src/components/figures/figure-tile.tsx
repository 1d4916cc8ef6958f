/* One figure: its name, its value, how it changed, what it means. Stands in a FigureGrid. */
import type { ReactNode } from 'react';
import { ChangeMark } from '@/components/change-mark';
import { ExplainButton } from '@/components/explain/explain-button';
import type { Explanation } from '@/components/explain/explain-dialog';
import './figures.scss';

interface FigureTileProps {
	explanation: Explanation;
	/** the bare numbers, for the change */
	value?: number | null;
	previous?: number | null;
	/** beside the change */
	note?: ReactNode;
	children?: ReactNode;
}

export function FigureTile({ explanation, value, previous, note, children }: FigureTileProps) {
	return (
		<li className="ra-figure">
			<h3>{explanation.name}</h3>
			<ExplainButton explanation={explanation} className="ra-figure__explain" />
			<p className="ra-figure__value">{explanation.value}</p>
			<p className="ra-figure__change">
				<ChangeMark value={value ?? null} previous={previous ?? null} />
				{note && <span className="ra-figure__before">{note}</span>}
			</p>
			{children}
		</li>
	);
}

interface FigureGridProps {
	title: string;
	isStale?: boolean;
	children: ReactNode;
}

export function FigureGrid({ title, isStale, children }: FigureGridProps) {
	return (
		<section className="ra-figures" aria-label={title} aria-busy={isStale}>
			<ul>{children}</ul>
		</section>
	);
}
