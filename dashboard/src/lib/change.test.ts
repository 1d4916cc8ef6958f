import { describe, expect, it } from 'vitest';
import { changeOf, isGood } from './change';

describe('changeOf', () => {
	it('is nothing when there is nothing to compare', () => {
		expect(changeOf(5, null)).toBeNull();
		expect(changeOf(null, 5)).toBeNull();
	});

	it('has no percentage from zero, but a direction and a difference', () => {
		expect(changeOf(7, 0)).toEqual({ direction: 'up', ratio: null, difference: 7 });
		expect(changeOf(0, 0)).toEqual({ direction: 'same', ratio: 0, difference: 0 });
	});

	it('falls to minus one hundred percent', () => {
		expect(changeOf(0, 4)).toEqual({ direction: 'down', ratio: -1, difference: -4 });
	});

	it('keeps the direction below zero', () => {
		expect(changeOf(-2, -4)).toMatchObject({ direction: 'up', ratio: 0.5 });
	});

	it('calls less than half a per mille no change', () => {
		expect(changeOf(100_001, 100_000)?.direction).toBe('same');
	});
});

describe('isGood', () => {
	it('is not glad about more people leaving', () => {
		expect(isGood('up', 'joins')).toBe(true);
		expect(isGood('up', 'leaves')).toBe(false);
		expect(isGood('down', 'leaves')).toBe(true);
		expect(isGood('same', 'joins')).toBeNull();
	});
});
