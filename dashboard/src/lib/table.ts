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
	/** how the screen writes it */
	show?: (value: number) => string;
	/** how files write it; left out: the bare value */
	write?: (value: number) => number;
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

/* The rows as files have them. */
function written({ columns, rows }: Table): Cell[][] {
	const cellOf = (cell: Cell, column: Column | undefined) =>
		typeof cell === 'number' && column?.write ? column.write(cell) : cell;
	return rows.map((row) => row.map((cell, place) => cellOf(cell, columns[place])));
}

export function toCsv(table: Table): string {
	const head = table.columns.map((column) => csvCell(column.title));
	const lines = [head, ...written(table).map((row) => row.map(csvCell))];
	return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

export function toJson(table: Table): string {
	const records = written(table).map((row) =>
		Object.fromEntries(table.columns.map((column, index) => [column.key, row[index] ?? null])),
	);
	return `${JSON.stringify(records, null, '\t')}\n`;
}
