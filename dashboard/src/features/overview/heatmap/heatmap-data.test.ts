import i18next from 'i18next';
import { describe, expect, it } from 'vitest';
import { newFormats } from '@/lib/format';
import { heatmap } from '@/test/samples';
import { heatTable, shapeHeatmap } from './heatmap-data';

describe('shapeHeatmap', () => {
	it('compares hours by their mean, so that five Mondays do not beat four Sundays', () => {
		const cells = heatmap.cells.map((row, day) =>
			row.map((_, hour) => (hour ? 0 : day === 0 ? 50 : 40)),
		);
		const closed = { ...heatmap.range, to: '2025-12-01T21:00:00Z' };
		const { rows } = shapeHeatmap({
			...heatmap,
			cells,
			range: closed,
			days: [5, 4, 4, 4, 4, 4, 4],
		});
		expect(rows[0]?.[0]?.mean).toBe(10);
		expect(rows[6]?.[0]?.mean).toBe(10);
	});

	it('finds the loudest and the quietest hour of the days that were there', () => {
		const { peak, quiet } = shapeHeatmap(heatmap);
		expect(peak).toMatchObject({ day: 1, hour: 20, mean: 400, level: 1 });
		expect(quiet).toMatchObject({ day: 0, hour: 0, mean: 4 });
	});

	it('does not call hours quiet that have not come yet', () => {
		const { rows } = shapeHeatmap(heatmap);
		expect(rows[2]?.[11]?.isOut).toBe(false);
		expect(rows[2]?.[12]?.isOut).toBe(true);
		expect(rows[3]?.[0]?.isOut).toBe(true);
	});

	it('has neither when nothing happened', () => {
		const silent = heatmap.cells.map((row) => row.map(() => 0));
		const { peak, rows } = shapeHeatmap({ ...heatmap, cells: silent });
		expect(peak).toBeNull();
		expect(rows.flat().every((cell) => cell.level === 0)).toBe(true);
	});
});

it('exports seven days of 24 hours', () => {
	const table = heatTable(heatmap, i18next.t, newFormats('en'));
	expect(table.columns).toHaveLength(25);
	expect(table.rows).toHaveLength(7);
	expect(table.rows[1]?.slice(0, 2)).toEqual(['Tuesday', 4]);
});
