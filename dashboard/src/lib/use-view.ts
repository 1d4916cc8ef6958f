/* The view in the address bar, and the way to change it. */
import { useMemo } from 'react';
import { useSearchParams } from 'wouter';
import { parseView, writeView, type View } from '@/lib/view';

export type SetView = (change: Partial<View>) => void;

export function useView(): [View, SetView] {
	const [search, setSearch] = useSearchParams();
	const view = useMemo(() => parseView(search), [search]);
	const setView: SetView = (change) =>
		setSearch((now) => writeView({ ...parseView(now), ...change }, now));
	return [view, setView];
}
