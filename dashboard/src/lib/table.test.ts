import { expect, it } from 'vitest';
import { toCsv, toJson, type Table } from './table';

const table: Table = {
	columns: [
		{ key: 'name', title: 'Name' },
		{ key: 'n', title: 'Messages, all', isNumber: true, show: (value) => `${value}!` },
	],
	rows: [
		['plain', 1],
		['with "quotes", and\nlines', null],
		['=HYPERLINK("x")', 2.5],
	],
};

it('writes CSV that spreadsheets read and do not run', () => {
	expect(toCsv(table)).toBe(
		[
			'Name,"Messages, all"',
			'plain,1',
			'"with ""quotes"", and\nlines",',
			`"'=HYPERLINK(""x"")",2.5`,
			'',
		].join('\r\n'),
	);
});

it('writes JSON with stable keys, bare numbers and untouched texts', () => {
	expect(JSON.parse(toJson(table))).toEqual([
		{ name: 'plain', n: 1 },
		{ name: 'with "quotes", and\nlines', n: null },
		{ name: '=HYPERLINK("x")', n: 2.5 },
	]);
});
