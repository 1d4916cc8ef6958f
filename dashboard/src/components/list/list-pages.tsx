/* A list page by page: what stands there while it comes, when it does not, and when nothing is in it; the table, the pager. */
import { ProblemNotice } from '@/components/problem-notice';
import { Skeleton } from '@/components/skeleton';
import { ListTable, type ListColumn } from './list-table';
import { Pager } from './pager';
import type { ListState } from './use-list-state';

type Turn = Pick<ListState, 'page'> & Partial<Pick<ListState, 'sort' | 'rows'>>;

interface ListPagesProps<Row> {
	caption: string;
	query: {
		data?: { rows: Row[]; total: number };
		error: Error | null;
		refetch: () => unknown;
	};
	columns: ListColumn<Row>[];
	keyOf: (row: Row) => string;
	/** without `sort`: in one order only */
	state: Turn;
	onChange: (change: Partial<Turn>) => void;
	/** said when there is no row */
	empty: string;
	/** about so many lines, as long as it is not there */
	lines?: number;
}

export function ListPages<Row>(props: ListPagesProps<Row>) {
	const { query, state, onChange } = props;
	const { data, error } = query;
	if (!data)
		return error ? (
			<ProblemNotice error={error} onRetry={() => void query.refetch()} />
		) : (
			<Skeleton height={28} lines={props.lines ?? 8} />
		);
	if (data.total === 0)
		return (
			<div className="ra-empty is-small">
				<p>{props.empty}</p>
			</div>
		);
	return (
		<>
			<ListTable
				caption={props.caption}
				columns={props.columns}
				rows={data.rows}
				keyOf={props.keyOf}
				sort={state.sort}
				onSort={state.sort === undefined ? undefined : (sort) => onChange({ sort })}
			/>
			<Pager
				page={state.page}
				total={data.total}
				rows={state.rows}
				onPage={(page) => onChange({ page })}
			/>
		</>
	);
}
