/* A table one can sort by its heads. What a row is, the columns know. */
import type { ReactNode } from 'react';
import { ArrowDown, ArrowUp } from 'lucide-react';
import './list.scss';

export interface ListColumn<Row> {
	key: string;
	title: string;
	/** by what to sort; left out: not at all */
	sort?: string;
	isNumber?: boolean;
	/** left out where there is little room */
	isQuiet?: boolean;
	/** names go from a to z first, numbers from the most */
	isText?: boolean;
	show: (row: Row) => ReactNode;
}

interface ListTableProps<Row> {
	caption: string;
	columns: ListColumn<Row>[];
	rows: Row[];
	keyOf: (row: Row) => string;
	sort?: string;
	onSort?: (sort: string) => void;
}

const classOf = ({ isNumber, isQuiet }: { isNumber?: boolean; isQuiet?: boolean }) =>
	`${isNumber ? 'is-number' : ''} ${isQuiet ? 'is-quiet' : ''}`;

function Head<Row>({
	column,
	sort,
	onSort,
}: {
	column: ListColumn<Row>;
	sort: string;
	onSort?: (sort: string) => void;
}) {
	const isDown = sort === `-${column.sort}`;
	const isUp = sort === column.sort;
	const first = column.isText ? column.sort : `-${column.sort}`;
	const other = column.isText ? `-${column.sort}` : column.sort;
	const Arrow = isUp ? ArrowUp : ArrowDown;
	return (
		<th
			scope="col"
			className={classOf(column)}
			aria-sort={isDown ? 'descending' : isUp ? 'ascending' : undefined}
		>
			{column.sort && onSort ? (
				<button
					type="button"
					onClick={() => onSort((sort === first ? other : first) ?? '')}
				>
					{column.title}
					{(isDown || isUp) && <Arrow size={12} aria-hidden="true" />}
				</button>
			) : (
				column.title
			)}
		</th>
	);
}

export function ListTable<Row>(props: ListTableProps<Row>) {
	const { caption, columns, rows, keyOf, sort = '', onSort } = props;
	return (
		<div className="ra-list__scroll" tabIndex={0} role="region" aria-label={caption}>
			<table className="ra-list">
				<caption className="visually-hidden">{caption}</caption>
				<thead>
					<tr>
						{columns.map((column) => (
							<Head key={column.key} column={column} sort={sort} onSort={onSort} />
						))}
					</tr>
				</thead>
				<tbody>
					{rows.map((row) => (
						<tr key={keyOf(row)}>
							{columns.map((column, place) => {
								const Cell = place === 0 ? 'th' : 'td';
								return (
									<Cell
										key={column.key}
										scope={place === 0 ? 'row' : undefined}
										className={classOf(column)}
									>
										{column.show(row)}
									</Cell>
								);
							})}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
