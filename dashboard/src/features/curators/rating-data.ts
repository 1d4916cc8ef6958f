/* A rating as it is being written: numbers are texts until they are sent. */
import type { Rating, RatingLevel, RatingWish } from '@/api/types';

export const COLOURS = ['green', 'blue', 'yellow', 'orange', 'red', 'grey'] as const;
export const POINTS = ['points_message', 'points_reply', 'points_reaction', 'points_task'] as const;
export const LEVELS_MAX = 10;

export interface LevelDraft {
	from: string;
	ru: string;
	en: string;
	colour: RatingLevel['colour'];
}
export type RatingDraft = Record<(typeof POINTS)[number], string> & {
	/** empty: no cap */
	block_cap: string;
	levels: LevelDraft[];
};

export const draftOf = (rating: Rating): RatingDraft => ({
	points_message: String(rating.points_message),
	points_reply: String(rating.points_reply),
	points_reaction: String(rating.points_reaction),
	points_task: String(rating.points_task),
	block_cap: rating.block_cap === null ? '' : String(rating.block_cap),
	levels: rating.levels.map((level) => ({
		...level,
		from: level.from === null ? '' : String(level.from),
	})),
});

const whole = (text: string, least: number, most: number): number | null => {
	const value = Number(text);
	const isGood = text.trim() !== '' && Number.isInteger(value) && value >= least && value <= most;
	return isGood ? value : null;
};

/** null: something in it can not be sent. */
export function wishOf(draft: RatingDraft): RatingWish | null {
	const points = POINTS.map((key) => whole(draft[key], 0, 1000));
	const cap = draft.block_cap.trim() === '' ? null : whole(draft.block_cap, 1, 10_000);
	if (points.includes(null) || (draft.block_cap.trim() !== '' && cap === null)) return null;
	const [message = 0, reply = 0, reaction = 0, task = 0] = points as number[];
	const levels: RatingLevel[] = [];
	for (const [at, level] of draft.levels.entries()) {
		const isLast = at === draft.levels.length - 1;
		const from = isLast ? null : whole(level.from, -1_000_000_000, 1_000_000_000);
		const before = levels.at(-1)?.from;
		const isInOrder =
			isLast ||
			at === 0 ||
			(before !== null && before !== undefined && from !== null && from < before);
		if ((!isLast && from === null) || !isInOrder || !level.ru.trim() || !level.en.trim())
			return null;
		levels.push({ ...level, from, ru: level.ru.trim(), en: level.en.trim() });
	}
	return {
		points_message: message,
		points_reply: reply,
		points_reaction: reaction,
		points_task: task,
		block_cap: cap,
		levels,
	};
}
