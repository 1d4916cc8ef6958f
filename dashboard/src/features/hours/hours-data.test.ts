import { describe, expect, it } from 'vitest';
import type { Hours } from '@/api/types';
import { range } from '@/test/samples';
import { bestHours, cellsOf, dayCourse, metricOf, quietest, weekCourse } from './hours-data';

const grid = (of: (day: number, hour: number) => number) =>
	Array.from({ length: 7 }, (_, day) =>
		Array.from({ length: 24 }, (_unused, hour) => of(day, hour)),
	);

const answer = (cells: number[][], times: number[][]): Hours => ({
	range,
	metric: 'messages',
	counted_from: null,
	cells,
	times,
});

describe('hours of the week', () => {
	it('divides by how often the hour came, also where clocks changed', () => {
		const rows = cellsOf(
			answer(
				grid(() => 12),
				grid((day, hour) => (day === 6 && hour === 2 ? 3 : 4)),
			),
		);
		expect(rows[6]?.[2]?.mean).toBe(4);
		expect(rows[6]?.[3]?.mean).toBe(3);
	});

	it('ranks hours, and knows none that never came or had nothing', () => {
		const rows = cellsOf(
			answer(
				grid((day, hour) =>
					day === 1 && hour === 20 ? 50 : day === 2 && hour === 21 ? 40 : 0,
				),
				grid((day) => (day === 2 ? 1 : 2)),
			),
		);
		expect(bestHours(rows, 5).map(({ day, hour, mean }) => [day, hour, mean])).toEqual([
			[2, 21, 40],
			[1, 20, 25],
		]);
		const none = cellsOf(
			answer(
				grid(() => 5),
				grid(() => 0),
			),
		);
		expect(bestHours(none, 5)).toEqual([]);
	});

	it('weighs an hour of the day by the days that had it', () => {
		const rows = cellsOf(
			answer(
				grid((day, hour) => (hour === 9 ? (day === 0 ? 30 : 0) : 0)),
				grid((day) => (day === 0 ? 3 : 1)),
			),
		);
		expect(dayCourse(rows)[9]?.mean).toBeCloseTo(30 / 9);
		expect(weekCourse(rows)[0]).toBe(10);
	});

	it('finds the quiet stretch across midnight', () => {
		const course = Array.from({ length: 24 }, (_, hour) => ({
			hour,
			mean: hour >= 23 || hour < 5 ? 1 : 10,
		}));
		expect(quietest(course, 6)).toEqual({ from: 23, to: 5 });
	});
});

it('asks for voice under the rule', () => {
	expect(metricOf('voice', 'engaged_ms')).toBe('engaged');
	expect(metricOf('joins', 'engaged_ms')).toBe('joins');
});
