import { fireEvent, render, screen, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { ListPages } from './list-pages';

interface Row {
	id: string;
	name: string;
}

const show = (
	query: { data?: { rows: Row[]; total: number }; error: Error | null },
	page = 1,
	onChange = vi.fn(),
) => {
	const refetch = vi.fn();
	render(
		<ListPages<Row>
			caption="Who"
			query={{ ...query, refetch }}
			columns={[{ key: 'name', title: 'Name', sort: 'name', show: (row) => row.name }]}
			keyOf={(row) => row.id}
			state={{ page, sort: '-name', rows: 2 }}
			onChange={onChange}
			empty="Nobody."
		/>,
	);
	return { refetch, onChange };
};
const rows = [
	{ id: '1', name: 'Ann' },
	{ id: '2', name: 'Ben' },
];

it('what failed can be asked for again', () => {
	const { refetch } = show({ error: new Error('no') });
	fireEvent.click(screen.getByRole('button'));
	expect(refetch).toHaveBeenCalledOnce();
});

/* Back is the first of the pager's buttons. */
const turn = (index: number) => {
	fireEvent.click(
		within(screen.getByRole('navigation')).getAllByRole('button')[index] as HTMLElement,
	);
};

it('nothing is said to be nothing', () => {
	show({ data: { rows: [], total: 0 }, error: null });
	expect(screen.getByText('Nobody.')).toBeTruthy();
	expect(screen.queryByRole('table')).toBeNull();
});

it('a page is shown, sorted and turned', () => {
	const { onChange } = show({ data: { rows, total: 5 }, error: null }, 2);
	expect(screen.getByRole('table', { name: 'Who' }).textContent).toContain('Ben');
	fireEvent.click(screen.getByRole('button', { name: 'Name' }));
	expect(onChange).toHaveBeenLastCalledWith({ sort: 'name' });
	turn(0);
	expect(onChange).toHaveBeenLastCalledWith({ page: 1 });
	turn(1);
	expect(onChange).toHaveBeenLastCalledWith({ page: 3 });
});

it('a page that is there no more leads back', () => {
	const { onChange } = show({ data: { rows: [], total: 2 }, error: null }, 2);
	turn(0);
	expect(onChange).toHaveBeenLastCalledWith({ page: 1 });
});
