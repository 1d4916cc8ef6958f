import { describe, expect, it } from 'vitest';
import {
	daySpans,
	hourFill,
	hoursOf,
	paint,
	paintHour,
	readSpans,
	spansText,
	tidy,
	withDay,
} from './minutes';

const office = [
	{ from: 540, to: 1080 },
	{ from: 1980, to: 2520 },
];

it('joins what touches', () => {
	expect(
		tidy([
			{ from: 60, to: 120 },
			{ from: 0, to: 60 },
			{ from: 100, to: 110 },
			{ from: 200, to: 200 },
		]),
	).toEqual([{ from: 0, to: 120 }]);
});

describe('painting', () => {
	it('opens and closes hours, and knows half ones', () => {
		const open = paintHour(office, 0, 18, true);
		expect(daySpans(open, 0)).toEqual([{ from: 540, to: 1140 }]);
		const holed = paint(office, 600, 660, false);
		expect(spansText(daySpans(holed, 0))).toBe('09:00–10:00, 11:00–18:00');
		expect(hourFill(paint([], 570, 600, true), 0, 9)).toBe('part');
		expect(hourFill(office, 1, 9)).toBe('all');
		expect(hourFill(office, 2, 9)).toBe('none');
	});

	it('leaves other days alone', () => {
		const changed = withDay(office, 0, [{ from: 0, to: 60 }]);
		expect(changed).toEqual([{ from: 0, to: 60 }, office[1]]);
		expect(hoursOf(changed)).toBe(10);
	});

	it('cuts at midnight what goes through it', () => {
		const night = [{ from: 1320, to: 1560 }];
		expect(daySpans(night, 0)).toEqual([{ from: 1320, to: 1440 }]);
		expect(daySpans(night, 1)).toEqual([{ from: 0, to: 120 }]);
	});
});

describe('reading', () => {
	it('takes what people type', () => {
		expect(readSpans('9-18')).toEqual([{ from: 540, to: 1080 }]);
		expect(readSpans('9:30 – 13, 14-24:00')).toEqual([
			{ from: 570, to: 780 },
			{ from: 840, to: 1440 },
		]);
		expect(readSpans('')).toEqual([]);
	});

	it('refuses what it does not understand', () => {
		for (const text of ['18-9', 'nine', '9:75-10', '9-25', '9'])
			expect(readSpans(text)).toBeNull();
	});
});
