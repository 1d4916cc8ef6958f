/* Shaping of filters: chips from ids, and the form in which they are saved. */
import type { TFunction } from 'i18next';
import type { Directory, FilterWish } from '@/api/types';
import { ID_FILTERS, VOICE_RULES, type IdFilter, type View } from '@/lib/view';

export const NO_FILTER = { channel: '', category: '', role: '', member: '', bots: '' } as const;

export const isFiltered = (view: View) => ID_FILTERS.some((what) => view[what]) || view.bots !== '';

/** What "explain" says of figures that obey the bar; undefined: nothing is filtered. */
export const filterWords = (view: View, t: TFunction): string[] | undefined =>
	isFiltered(view)
		? [...(view.bots ? [t(`filter.bots.${view.bots}`)] : []), t('filter.above')]
		: undefined;

export interface Chip {
	what: IdFilter;
	id: string;
	/** null: not known (yet) */
	name: string | null;
	/** the ids that stay when this one goes */
	rest: string;
}

export const idsOf = (text: string) => (text ? text.split(',') : []);

export function nameOf(what: IdFilter, id: string, directory: Directory | undefined) {
	if (!directory) return null;
	const list =
		what === 'role'
			? directory.roles
			: what === 'member'
				? directory.members
				: directory.channels;
	return list.find((one) => one.id === id)?.name ?? null;
}

export function chipsOf(
	view: Pick<View, IdFilter>,
	shown: readonly IdFilter[],
	directory: Directory | undefined,
): Chip[] {
	return shown.flatMap((what) => {
		const ids = idsOf(view[what]);
		return ids.map((id) => ({
			what,
			id,
			name: nameOf(what, id, directory),
			rest: ids.filter((other) => other !== id).join(),
		}));
	});
}

export function toWish(view: View): FilterWish {
	const wish: FilterWish = {};
	for (const what of ID_FILTERS) if (view[what]) wish[what] = idsOf(view[what]);
	if (view.bots) wish.bots = view.bots;
	if (view.rule !== 'present_ms') wish.rule = view.rule;
	return wish;
}

/** What a saved filter makes of the view: all of it, nothing of the one before. */
export function fromWish(wish: FilterWish): Partial<View> {
	const ids = Object.fromEntries(ID_FILTERS.map((what) => [what, (wish[what] ?? []).join()]));
	const rule = VOICE_RULES.find((one) => one === wish.rule) ?? 'present_ms';
	return { ...NO_FILTER, ...ids, bots: wish.bots ?? '', rule };
}

export interface Choice {
	what: IdFilter;
	id: string;
	name: string;
	kind: number;
}

/** What one may filter by and whose name holds what was typed, best known first. */
export function choicesOf(
	directory: Directory | undefined,
	typed: string,
	shown: readonly IdFilter[],
): Choice[] {
	if (!directory) return [];
	const needle = typed.trim().toLowerCase();
	const fits = ({ name, id }: { name: string; id: string }) =>
		!needle || name.toLowerCase().includes(needle) || id === needle;
	const all: Choice[] = [
		...directory.channels.filter(fits).map(({ id, name, kind }) => ({
			what: kind === 4 ? ('category' as const) : ('channel' as const),
			id,
			name,
			kind,
		})),
		...directory.roles
			.filter(fits)
			.map(({ id, name }) => ({ what: 'role' as const, id, name, kind: 0 })),
		...directory.members
			.filter(fits)
			.map(({ id, name }) => ({ what: 'member' as const, id, name, kind: 0 })),
	];
	return all.filter((choice) => shown.includes(choice.what));
}
