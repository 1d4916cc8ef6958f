import { describe, expect, it } from 'vitest';
import { messages } from '@/test/samples';
import { frameOf, peakOf, positionOf, splitPartial, sum, tickIndexes } from './chart-model';

describe('positionOf', () => {
	const starts = [0, 100, 300];

	it('puts a bucket between its halves', () => {
		expect(positionOf(0, starts, 400)).toBe(-0.5);
		expect(positionOf(50, starts, 400)).toBe(0);
		expect(positionOf(200, starts, 400)).toBe(1);
		expect(positionOf(400, starts, 400)).toBe(2.5);
	});

	it('stays on the axis', () => {
		expect(positionOf(-1000, starts, 400)).toBe(-0.5);
		expect(positionOf(1000, starts, 400)).toBe(2.5);
	});
});

describe('frameOf', () => {
	it('shades the quarter of the second day nobody watched', () => {
		expect(frameOf(messages).gaps).toEqual([{ from: 0.75, to: 1 }]);
	});

	it('knows how far the compared period lies back', () => {
		expect(frameOf(messages).compareShiftMs).toBe(-3 * 86_400_000);
		expect(frameOf({ ...messages, compare_range: null }).compareShiftMs).toBeNull();
	});
});

describe('splitPartial', () => {
	it('takes the running bucket out of the solid line and leads a dashed one into it', () => {
		expect(splitPartial([1, 2, 3], true)).toEqual({
			solid: [1, 2, null],
			partial: [null, 2, 3],
		});
	});

	it('leaves finished ranges alone', () => {
		expect(splitPartial([1, 2, 3], false)).toEqual({ solid: [1, 2, 3], partial: null });
		expect(splitPartial([], true)).toEqual({ solid: [], partial: null });
	});
});

describe('tickIndexes', () => {
	it('labels every bucket where there is room', () => {
		expect(tickIndexes(5, 10, 'day')).toEqual([0, 1, 2, 3, 4]);
	});

	it('steps by whole weeks where there is less', () => {
		expect(tickIndexes(28, 5, 'day')).toEqual([0, 7, 14, 21]);
	});

	it('copes with more buckets than any tidy step allows', () => {
		expect(tickIndexes(1000, 2, 'day')).toEqual([0, 500]);
	});
});

it('finds the peak, and none where nothing happened', () => {
	expect(peakOf([null, 3, 9, 9, 1])).toBe(2);
	expect(peakOf([0, null, 0])).toBe(-1);
	expect(sum([1, null, 2])).toBe(3);
});
