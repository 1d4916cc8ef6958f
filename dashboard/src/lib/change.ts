/* How a figure compares with the one before. */
import type { FigureKey } from '@/api/types';

export type Direction = 'up' | 'down' | 'same';

export interface Change {
	direction: Direction;
	/** null: there was nothing before, so no percentage exists */
	ratio: number | null;
	/** the plain difference, for figures whose percentage would mislead */
	difference: number;
}

const FLAT_BELOW = 0.0005;

/** null: nothing to compare with. */
export function changeOf(value: number | null, previous: number | null): Change | null {
	if (value === null || previous === null) return null;
	const difference = value - previous;
	const ratio = previous === 0 ? (value === 0 ? 0 : null) : difference / Math.abs(previous);
	const isFlat = ratio !== null && Math.abs(ratio) < FLAT_BELOW;
	return { direction: isFlat ? 'same' : difference > 0 ? 'up' : 'down', ratio, difference };
}

/** Net growth crosses zero, where percentages stop meaning anything. */
export const isDifferenceFigure = (key: FigureKey) => key === 'net_growth';

/** More people leaving is not good news. */
export function isGood(direction: Direction, key: FigureKey | null): boolean | null {
	if (direction === 'same') return null;
	return (direction === 'up') !== (key === 'leaves');
}
