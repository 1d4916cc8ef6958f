/*
 * What is on the screen as rows: the table beside a chart, the CSV and the JSON are the same
 * thing in three clothes.
 */
export type Cell = string | number | null;

export interface Column {
	/** stable name: the JSON key */
	key: string;
	/** what people read: table head and CSV head */
	title: string;
	isNumber?: boolean;
	/** how the screen writes it; files keep the bare value */
	show?: (value: number) => string;
	read?: (text: string, row: number) => string;
}

export interface Table {
	columns: Column[];
	rows: Cell[][];
}

function csvCell(cell: Cell): string {
	if (cell === null) return '';
	if (typeof cell === 'number') return String(cell);
	/* A name may begin like a formula; a spreadsheet must not run it. */
	const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
	return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function toCsv({ columns, rows }: Table): string {
	const lines = [columns.map((column) => csvCell(column.title)), ...rows.map((row) => row.map(csvCell))];
	return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

export function toJson({ columns, rows }: Table): string {
	const records = rows.map((row) =>
		Object.fromEntries(columns.map((column, index) => [column.key, row[index] ?? null])),
	);
	return `${JSON.stringify(records, null, '\t')}\n`;
}
