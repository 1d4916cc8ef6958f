/* A chart's numbers as a table, for those who can not see or do not trust a drawing. */
import { useFormats } from '@/i18n/use-formats';
import type { Formats } from '@/lib/format';
import type { Cell, Column, Table } from '@/lib/table';

interface DataTableProps {
	table: Table;
	caption: string;
}

function cellText(cell: Cell, column: Column, row: number, formats: Formats): string {
	if (cell === null) return '—';
	if (typeof cell === 'number') return (column.show ?? formats.count)(cell);
	return column.read ? column.read(cell, row) : cell;
}

export function DataTable({ table, caption }: DataTableProps) {
	const formats = useFormats();
	return (
		<div className="ra-table-scroll" tabIndex={0} role="region" aria-label={caption}>
			<table className="ra-table">
				<caption className="visually-hidden">{caption}</caption>
				<thead>
					<tr>
						{table.columns.map((column) => (
							<th
								key={column.key}
								scope="col"
								className={column.isNumber ? 'is-number' : undefined}
							>
								{column.title}
							</th>
						))}
					</tr>
				</thead>
				<tbody>
					{table.rows.map((row, index) => (
						<tr key={index}>
							{table.columns.map((column, place) => {
								const cell = row[place] ?? null;
								return (
									<td
										key={column.key}
										className={column.isNumber ? 'is-number' : undefined}
									>
										{cellText(cell, column, index, formats)}
									</td>
								);
							})}
						</tr>
					))}
				</tbody>
			</table>
		</div>
	);
}
