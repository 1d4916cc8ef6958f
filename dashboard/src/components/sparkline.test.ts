import { expect, it } from 'vitest';
import { sparkPaths, thinOut } from './sparkline';

it('needs two points', () => {
	expect(sparkPaths([5], false)).toEqual({ lines: [], running: null, last: null });
});

it('breaks the line where nothing was counted', () => {
	const { lines } = sparkPaths([1, 2, null, 3, 4], false);
	expect(lines).toHaveLength(2);
});

it('leads a separate step into the running bucket', () => {
	const { lines, running, last } = sparkPaths([4, 4, 0], true);
	expect(lines).toEqual(['2.0,2.0 60.0,2.0']);
	expect(running).toBe('60.0,2.0 118.0,30.0');
	expect(last).toEqual([60, 2]);
});

it('gives a level that never comes near zero its own range', () => {
	expect(sparkPaths([1000, 1010], false).lines).toEqual(['2.0,30.0 118.0,2.0']);
});

it('averages neighbours when there are more values than pixels can show', () => {
	const thin = thinOut(Array.from({ length: 365 }, (_, day) => day));
	expect(thin).toHaveLength(53);
	expect(thin.at(-1)).toBe(361);
	expect(thinOut([1, null, 3])).toEqual([1, null, 3]);
});
