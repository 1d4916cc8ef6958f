/* How a table is sorted, searched and paged; it stands in the address like everything else. */
import { useState } from 'react';
import { useSearchParams } from 'wouter';

export const PAGE_ROWS = 25;

export interface ListState {
	sort: string;
	q: string;
	page: number;
	/** rows of a page; left out: as many as a page of its own shows */
	rows?: number;
}

export function useListState(usualSort: string): [ListState, (change: Partial<ListState>) => void] {
	const [search, setSearch] = useSearchParams();
	const page = Number(search.get('page') ?? '1');
	const state: ListState = {
		sort: search.get('sort') ?? usualSort,
		q: search.get('q') ?? '',
		page: Number.isSafeInteger(page) && page > 0 && page <= 100_000 ? page : 1,
	};
	const set = (change: Partial<ListState>) =>
		setSearch(
			(now) => {
				const next = new URLSearchParams(now);
				/* Another order or search begins at its first page. */
				const whole = { ...state, page: 1, ...change };
				const put = (name: string, value: string, usual: string) =>
					value === usual ? next.delete(name) : next.set(name, value);
				put('sort', whole.sort, usualSort);
				put('q', whole.q, '');
				put('page', String(whole.page), '1');
				return next;
			},
			{ replace: 'q' in change },
		);
	return [state, set];
}

export const listQuery = ({ sort, q, page, rows = PAGE_ROWS }: ListState) => ({
	sort,
	q: q || undefined,
	limit: rows,
	offset: (page - 1) * rows,
});

const PART_ROWS = 10;

/** A table that is a part of a page keeps its order to itself. */
export function useOwnState(): [ListState, (change: Partial<ListState>) => void] {
	const [state, setState] = useState<ListState>({
		sort: '-messages',
		q: '',
		page: 1,
		rows: PART_ROWS,
	});
	return [state, (change) => setState((now) => ({ ...now, page: 1, ...change }))];
}
