import type { ListFigures } from '@/api/types';

const MEASURES: readonly (keyof ListFigures)[] = [
	'messages',
	'replies',
	'attachments',
	'characters',
	'edits',
	'reactions_given',
	'reactions_received',
	'raw_ms',
	'present_ms',
	'engaged_ms',
	'talking_ms',
];

/** What change and sparkline of a list are about: its order, where that is a figure, else messages. */
export function measureOf(sort: string): keyof ListFigures {
	const bare = sort.replace(/^-/, '');
	return MEASURES.find((measure) => measure === bare) ?? 'messages';
}
