/*
 * What filters mean on this page. Stickiness is of who was active, and obeys them. The rest is about
 * coming, staying and going, of the whole server: nobody joins in a channel, and who left has no roles.
 */
import type { TFunction } from 'i18next';
import { filterWords as wordsOf, isFiltered } from '@/components/filter/filter-data';
import type { View } from '@/lib/view';

/** What "explain" says of the filters; `obeys`: of stickiness. */
export function filterWords(view: View, obeys: boolean, t: TFunction): string[] {
	const isSet = isFiltered(view);
	if (isSet && obeys)
		return [...(view.bots ? [] : [t('growth.without_bots')]), ...(wordsOf(view, t) ?? [])];
	return isSet
		? [t('growth.without_bots'), t('growth.filters.not_here')]
		: [t('growth.without_bots')];
}
