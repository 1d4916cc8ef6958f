/* What can be wrong with the name of a saved filter. */
import type { SavedFilter } from '@/api/types';

export const NAME_MAX = 60;

/** How many characters are too many, as the server counts them. */
export const excessOf = (name: string) => Math.max(0, [...name.trim()].length - NAME_MAX);

/** Is it the name of one of the reader's own filters, but for `except`? */
export const isTaken = (filters: readonly SavedFilter[], name: string, except?: string) =>
	filters.some((one) => one.is_mine && one.id !== except && one.name === name.trim());
