/* The view in the address bar, and the way to change it. */
import { createContext, useContext, useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { parseView, writeView, type View } from '@/lib/view';

export type SetView = (change: Partial<View>) => void;

/** What a page is about by its path, such as one channel: it filters as if it stood in the address. */
export const ViewScope = createContext<Partial<View>>({});

export function useView(): [View, SetView] {
	const [search, setSearch] = useSearchParams();
	const scope = useContext(ViewScope);
	const view = useMemo(() => ({ ...parseView(search), ...scope }), [search, scope]);
	const setView: SetView = (change) =>
		setSearch((now) => writeView({ ...parseView(now), ...change }, now));
	return [view, setView];
}
